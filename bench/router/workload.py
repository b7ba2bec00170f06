"""What is asked and what is answered: the one place where load generator and upstream agree."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from bench.router.answers import Expected
from bench.router.client import Request

__all__ = ["ASKS_FOR_PACE", "ASKS_FOR_STREAM", "MODEL", "TOKENS", "Address", "Kind", "build_request", "events", "whole"]

MODEL: Final = "gpt-4o-mini"
"""A name with a known price, so that pricing is part of what is measured; the model itself is never called."""

_WORD: Final = "quill"
_WORDS: Final = 20
_PROMPT_TOKENS: Final = 24
TOKENS: Final = _PROMPT_TOKENS + _WORDS
"""What the upstream says each answer took, both directions together."""

_LARGE_TURNS: Final = 100
_LARGE_TURN_CHARACTERS: Final = 2000

ASKS_FOR_STREAM: Final = (b'"stream":true', b'"stream": true')
ASKS_FOR_PACE: Final = b"one word at a time"
"""A caller who writes this gets each event by itself and a pause after it."""


class Kind(StrEnum):
    """The kinds of request."""

    JSON = "JSON"
    STREAM = "stream"
    PACED = "paced stream"
    LARGE = "JSON, 200 KB body"


@dataclass(frozen=True, slots=True)
class Address:
    """Where and how one of those compared is asked."""

    url: str
    headers: Mapping[str, str]


def build_request(kind: Kind, address: Address) -> Request:
    """Encode a request of this kind to this address."""
    streams = kind in {Kind.STREAM, Kind.PACED}
    last = f"Say twenty words, {ASKS_FOR_PACE.decode()}." if kind is Kind.PACED else "Say twenty words, please."
    history = _conversation() if kind is Kind.LARGE else []
    body: dict[str, object] = {"model": MODEL, "messages": [*history, {"role": "user", "content": last}]}
    if streams:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    first = f"{_WORD}0".encode()
    final = (b"data: [DONE]",) if streams else ()
    marks = (first, f"{_WORD}{_WORDS - 1}".encode(), b'"total_tokens"', *final)
    return _post(address, json.dumps(body).encode(), Expected(marks, _WORD.encode(), _WORDS), first)


def _post(address: Address, body: bytes, expected: Expected, first: bytes) -> Request:
    parts = urlsplit(f"{address.url}/chat/completions")
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    headers = {
        "host": f"{host}:{port}",
        "content-type": "application/json",
        "content-length": str(len(body)),
        **address.headers,
    }
    lines = [f"POST {parts.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return Request(host, port, "\r\n".join(lines).encode() + b"\r\n\r\n" + body, expected, first)


def _conversation() -> list[dict[str, str]]:
    """Return turns of a long talk, with quotes and line ends in them as real ones have."""
    sentence = 'She said "again", and so it was done\nonce more. '
    text = (sentence * (_LARGE_TURN_CHARACTERS // len(sentence) + 1))[:_LARGE_TURN_CHARACTERS]
    return [{"role": ("user", "assistant")[turn % 2], "content": text} for turn in range(_LARGE_TURNS)]


_USAGE: Final = {"prompt_tokens": _PROMPT_TOKENS, "completion_tokens": _WORDS, "total_tokens": TOKENS}
_SAID: Final = [f"{_WORD}{number} " for number in range(_WORDS)]


def whole() -> bytes:
    """Return the plain answer."""
    message = {"role": "assistant", "content": "".join(_SAID)}
    return json.dumps(
        {
            "id": "chatcmpl-bench",
            "object": "chat.completion",
            "created": 1_760_000_000,
            "model": MODEL,
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": _USAGE,
        }
    ).encode()


def events() -> list[bytes]:
    """Return the events of the streamed answer: the role, each word, the end, the use, the closing mark."""
    role = _chunk([{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}])
    said = [_chunk([{"index": 0, "delta": {"content": word}, "finish_reason": None}]) for word in _SAID]
    stop = _chunk([{"index": 0, "delta": {}, "finish_reason": "stop"}])
    return [role, *said, stop, _chunk([], usage=_USAGE), b"data: [DONE]\n\n"]


def _chunk(choices: list[dict[str, object]], **more: object) -> bytes:
    chunk = {
        "id": "chatcmpl-bench",
        "object": "chat.completion.chunk",
        "created": 1_760_000_000,
        "model": MODEL,
        "choices": choices,
        **more,
    }
    return f"data: {json.dumps(chunk)}\n\n".encode()
