"""What tools answer, as bounded text."""

from typing import Final

import orjson

from vutler_router.domain.llm_json import JsonObject
from vutler_router.services.tools.ports import FilePart

__all__ = ["LONGEST_TEXT", "bounded", "json_text", "part_text"]

LONGEST_TEXT: Final = 32_768
"""Bytes of one answer: what a model's window can well take."""

_TAIL: Final = 3
"""Bytes of a character that may have been cut off at the end of a part."""


def bounded(text: str, rest: str) -> str:
    """Cut a text that is too long, and say how to get the rest."""
    encoded = text.encode(errors="replace")
    if len(encoded) <= LONGEST_TEXT:
        return text
    kept = encoded[:LONGEST_TEXT].decode(errors="ignore")
    return f"{kept}\n[Cut after {LONGEST_TEXT} of {len(encoded)} bytes. {rest}]"


def json_text(answer: JsonObject, rest: str = "Ask for less.") -> str:
    """Write an answer as JSON."""
    return bounded(orjson.dumps(answer, default=str).decode(), rest)


def part_text(part: FilePart) -> str:
    """Show a part of a file: a line about it, and its text."""
    about = orjson.dumps(part.about, default=str).decode()
    text, used = _decoded(part)
    if text is None:
        return f"{about}\nThis file is no text; get a link with drive_share_link to pass it on."
    end = part.offset + used
    if end >= part.size:
        return f"{about}\n{text}"
    return f"{about}\n{text}\n[Bytes {part.offset} to {end} of {part.size}. For the rest call again with offset={end}.]"


def _decoded(part: FilePart) -> tuple[str | None, int]:
    """Return the text and how many bytes it took; None for what is no text."""
    last = part.offset + len(part.data) >= part.size
    for cut in range(1 if last else _TAIL + 1):
        data = part.data[: len(part.data) - cut]
        try:
            return data.decode(), len(data)
        except UnicodeDecodeError:
            continue
    return None, 0
