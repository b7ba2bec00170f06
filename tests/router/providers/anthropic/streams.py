"""Streams of Anthropic as tests write them."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import orjson

from vutler_router.providers.codec import StreamReader

STARTING = {"input_tokens": 7, "cache_read_input_tokens": 20, "cache_creation_input_tokens": 5, "output_tokens": 1}


def event(kind: str, newline: str = "\n", **fields: object) -> bytes:
    data = orjson.dumps({"type": kind, **fields}).decode()
    return f"event: {kind}{newline}data: {data}{newline}{newline}".encode()


def head(usage: object = STARTING) -> bytes:
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-4-5", "content": []}
    return event("message_start", message={**message, "stop_reason": None, "usage": usage})


def block(index: int, content_block: Mapping[str, object], *deltas: Mapping[str, object]) -> list[bytes]:
    return [
        event("content_block_start", index=index, content_block=content_block),
        *[event("content_block_delta", index=index, delta=delta) for delta in deltas],
        event("content_block_stop", index=index),
    ]


def text_block(index: int, *texts: str) -> list[bytes]:
    return block(index, {"type": "text", "text": ""}, *[{"type": "text_delta", "text": text} for text in texts])


def tool_block(index: int, call_id: str, *pieces: str, given: object = None) -> list[bytes]:
    start = {"type": "tool_use", "id": call_id, "name": "weather", "input": given or {}}
    return block(index, start, *[{"type": "input_json_delta", "partial_json": piece} for piece in pieces])


def thinking_block(index: int, *thoughts: str, signature: str = "sig") -> list[bytes]:
    deltas: list[dict[str, object]] = [{"type": "thinking_delta", "thinking": thought} for thought in thoughts]
    start: dict[str, object] = {"type": "thinking", "thinking": "", "signature": ""}
    return block(index, start, *deltas, {"type": "signature_delta", "signature": signature})


def tail(stop_reason: str = "end_turn", **usage: object) -> list[bytes]:
    delta = {"stop_reason": stop_reason, "stop_sequence": None}
    return [event("message_delta", delta=delta, usage={"output_tokens": 9, **usage}), event("message_stop")]


def cut(whole: bytes, places: Iterable[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(whole) + 1) for place in places), len(whole)]
    return [whole[start:end] for start, end in pairwise(edges)]


def passed(reader: StreamReader, pieces: Sequence[bytes]) -> bytes:
    return b"".join([reader.feed(piece) for piece in pieces]) + reader.rest()


def chunks(stream: bytes) -> list[dict[str, Any]]:
    """Return the chunks of a chat completion, the closing mark left out."""
    data = [line.removeprefix(b"data: ") for line in stream.split(b"\n\n") if line]
    return [orjson.loads(one) for one in data if one != b"[DONE]"]


def deltas(stream: bytes) -> list[dict[str, Any]]:
    return [choice["delta"] for chunk in chunks(stream) for choice in chunk["choices"]]
