"""Finds the error in what a provider sent, and reads what it says, in all the shapes that providers use."""

import re
from collections.abc import Mapping
from typing import Final

import orjson

__all__ = [
    "ErrorObject",
    "decoded_body",
    "error_details",
    "error_in_answer",
    "place_at_fault",
    "said_by",
    "stated_status",
    "words_of",
]

ErrorObject = Mapping[str, object]

_MOST_COMPLAINTS: Final = 3
_UNKNOWN: Final = 502
"""What a fault of MiniMax's counts as when its code is not listed here: it may pass."""

_STATUS: Final = re.compile(r"[45][0-9]{2}")
_STATUS_OF_MINIMAX: Final[Mapping[int, int]] = {
    1001: 504,
    1002: 429,
    1004: 401,
    1008: 402,
    1026: 400,
    1027: 400,
    1039: 429,
    1041: 429,
    1042: 400,
    2013: 400,
    2045: 429,
    2049: 401,
    2056: 429,
}
"""MiniMax's `base_resp.status_code` ("Error Codes"); all others are faults of its own and count as an outage."""

_MINIMAX_SENSITIVE: Final = frozenset({1026, 1027})


def error_in_answer(fields: Mapping[str, object]) -> Mapping[str, object] | None:
    """Find the error inside a body that came with status 200; None when it is an answer.

    Known are an `error` beside no answer, a choice that finished with `error` (OpenRouter, Mistral), MiniMax's
    `base_resp`, a body that calls itself an error (`object` of Mistral, `type` of Anthropic and of OpenAI's
    responses), and a failed `response` within an event.
    """
    error = fields.get("error")
    choices = fields.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, dict) and choice.get("finish_reason") == "error":
            return _error_object(choice.get("error") or error) or {"message": "the answer ended in an error"}
    if error and not (choices or fields.get("content") or fields.get("output")):
        return _error_object(error) or fields
    if (base := _minimax_error(fields.get("base_resp"))) is not None:
        return base
    response = fields.get("response")
    if isinstance(response, dict) and response.get("error"):
        return _error_object(response["error"])
    return fields if fields.get("object") == "error" or fields.get("type") == "error" else None


def decoded_body(body: bytes) -> Mapping[str, object] | None:
    """Decode an error body; Gemini wraps its own in a list."""
    try:
        decoded = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if isinstance(decoded, list):
        decoded = next((entry for entry in decoded if isinstance(entry, dict)), None)
    return decoded if isinstance(decoded, dict) else None


def error_details(body: Mapping[str, object] | None) -> Mapping[str, object]:
    """Find the error object in a body that is known to hold one, in the shapes that providers use."""
    if body is None:
        return {}
    return _error_object(body.get("error")) or error_in_answer(body) or body


def _error_object(error: object) -> Mapping[str, object] | None:
    """Return an error as an object; Ollama's is a text."""
    if isinstance(error, str) and error:
        return {"message": error}
    return error if isinstance(error, dict) and error else None


def _minimax_error(base: object) -> Mapping[str, object] | None:
    code = base.get("status_code") if isinstance(base, dict) else None
    if not isinstance(base, dict) or not isinstance(code, int) or code == 0:
        return None
    name = "content_filter" if code in _MINIMAX_SENSITIVE else None
    return {"message": base.get("status_msg"), "code": name, "status": _STATUS_OF_MINIMAX.get(code, _UNKNOWN)}


def stated_status(details: Mapping[str, object]) -> int | None:
    """Return the HTTP status that an error object states as a number."""
    for name in ("code", "status", "status_code", "http_code", "raw_status_code"):
        value = details.get(name)
        if isinstance(value, int | str) and _STATUS.fullmatch(str(value)):
            return int(value)
    return None


def words_of(details: Mapping[str, object]) -> tuple[str, ...]:
    """List the words by which an error object names its kind, in lower case, the narrowest first."""
    entries = details.get("details")
    listed = entries if isinstance(entries, list) else [entries]
    reasons = [entry.get("reason") or entry.get("error_code") for entry in listed if isinstance(entry, dict)]
    named = (*reasons, details.get("code"), details.get("type"), details.get("status"))
    return tuple(word.lower() for word in named if isinstance(word, str))


def said_by(details: Mapping[str, object]) -> str:
    """Find what a provider said, in the shapes of OpenAI, FastAPI and Mistral; OpenRouter adds what it was told."""
    said = details.get("message") or details.get("detail")
    if isinstance(said, dict):
        said = said.get("message") or said.get("detail")
    if isinstance(said, list):
        said = "; ".join(filter(None, map(_complaint, said[:_MOST_COMPLAINTS])))
    text = said if isinstance(said, str) else ""
    metadata = details.get("metadata")
    raw = metadata.get("raw") if isinstance(metadata, dict) else None
    return f"{text} ({raw})" if isinstance(raw, str) and raw else text


def _complaint(entry: object) -> str:
    """Word one entry of a validation error."""
    if not isinstance(entry, dict) or not isinstance(entry.get("msg"), str):
        return ""
    place = _place(entry)
    return f"{place}: {entry['msg']}" if place else str(entry["msg"])


def place_at_fault(details: ErrorObject) -> str:
    """Return the field that a validation error names first; empty where there is none."""
    said = details.get("detail")
    return _place(said[0]) if isinstance(said, list) and said and isinstance(said[0], dict) else ""


def _place(entry: Mapping[str, object]) -> str:
    """Spell a validation error's place as callers do: `messages[0].role`."""
    parts = entry.get("loc")
    named = [part for part in parts if isinstance(part, str | int)] if isinstance(parts, list) else []
    named = named[1:] if named[:1] == ["body"] else named
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in named).removeprefix(".")
