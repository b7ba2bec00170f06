"""OpenAI's answers beyond chat completions: embeddings, and the events of a Response."""

import base64
import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

from tests.support.scripted_upstream import Reply, stream

__all__ = ["embeddings", "response", "response_events", "response_stream"]

_MODEL = "gpt-4o-mini"


def embeddings(vectors: Sequence[Sequence[float]], *, encoded: bool = False) -> Reply:
    """Build an answer with these vectors, as numbers or as base64 of little-endian floats."""
    data = [
        {"object": "embedding", "index": index, "embedding": _packed(vector) if encoded else vector}
        for index, vector in enumerate(vectors)
    ]
    usage = {"prompt_tokens": 5, "total_tokens": 5}
    body = {"object": "list", "data": data, "model": "text-embedding-3-small", "usage": usage}
    return Reply(pieces=(json.dumps(body).encode(),))


def response(text: str) -> Reply:
    """Build an unstreamed Response that says this."""
    return Reply(pieces=(json.dumps(_response("completed", text)).encode(),))


def response_stream(*words: str) -> Reply:
    """Build a streamed Response that says these words."""
    return stream(*response_events(*words), _event("response.completed", 99, response=_response("completed", *words)))


def response_events(*words: str) -> list[bytes]:
    """Return the events of a Response up to its end, which they leave open."""
    item = _message("", "in_progress")
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    told = [
        _event("response.created", 0, response=_response("in_progress")),
        _event("response.output_item.added", 1, output_index=0, item={**item, "content": []}),
        _event("response.content_part.added", 2, **place, part=_part("")),
    ]
    told += [
        _event("response.output_text.delta", 3 + number, **place, delta=word, logprobs=[])
        for number, word in enumerate(words)
    ]
    return told


def _event(kind: str, number: int, **fields: object) -> bytes:
    data = json.dumps({"type": kind, "sequence_number": number, **fields})
    return f"event: {kind}\ndata: {data}\n\n".encode()


def _response(status: str, *words: str) -> Mapping[str, Any]:
    text = "".join(words)
    done = status == "completed"
    counted = {
        "input_tokens": 11,
        "input_tokens_details": {"cached_tokens": 4},
        "output_tokens": 3,
        "output_tokens_details": {"reasoning_tokens": 1},
        "total_tokens": 14,
    }
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": status,
        "model": _MODEL,
        "output": [_message(text, "completed")] if done else [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "temperature": 1.0,
        "top_p": 1.0,
        "usage": counted if done else None,
    }


def _message(text: str, status: str) -> dict[str, object]:
    return {"id": "msg_1", "type": "message", "role": "assistant", "status": status, "content": [_part(text)]}


def _part(text: str) -> dict[str, object]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _packed(vector: Sequence[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
