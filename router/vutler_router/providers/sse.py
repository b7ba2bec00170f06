"""Server-sent events as bytes: cut a stream into whole events wherever the network cut it."""

import re
from typing import Final

__all__ = ["DONE", "EventSplitter", "data_of", "encode_event", "is_dataless"]

_BOUNDARY = re.compile(rb"\n\r?\n|\r\r")
"""The empty line that ends an event: LF or CRLF lines, or mixed; lone CR is what the standard also allows."""

_LONGEST_BOUNDARY = 3
_DATALESS = (b":", b"event:", b"id:", b"retry:")

DONE: Final = b"[DONE]"
"""The data by which OpenAI's dialects close a stream."""


class EventSplitter:
    """Collect pieces and hand out whole events, their bytes unchanged.

    Joining everything that `feed` and `rest` returned gives exactly the bytes that went in.

    Args:
        max_event_bytes: an unfinished event may not grow beyond this; `overflowing` says that it has.
    """

    __slots__ = ("_max", "_scanned", "_tail")

    def __init__(self, max_event_bytes: int) -> None:
        self._max = max_event_bytes
        self._tail = b""
        self._scanned = 0

    def feed(self, piece: bytes) -> list[bytes]:
        """Return the events that this piece completes, each with its closing empty line."""
        buffer = self._tail + piece if self._tail else piece
        return self._cut(buffer) if b"\r" in buffer else self._cut_plain(buffer)

    def _cut_plain(self, buffer: bytes) -> list[bytes]:
        """Cut where lines end in LF alone, the usual case; a piece that is just one event stays as it is."""
        self._scanned = 0
        if buffer.endswith(b"\n\n") and buffer.find(b"\n\n") == len(buffer) - 2:
            self._tail = b""
            return [buffer]
        *events, self._tail = buffer.split(b"\n\n")
        return [event + b"\n\n" for event in events]

    def _cut(self, buffer: bytes) -> list[bytes]:
        events = []
        start = 0
        position = self._scanned
        while (found := _BOUNDARY.search(buffer, position)) is not None:
            position = found.end()
            events.append(buffer[start:position])
            start = position
        self._tail = buffer[start:]
        self._scanned = max(0, len(self._tail) - _LONGEST_BOUNDARY + 1)
        return events

    @property
    def overflowing(self) -> bool:
        """Whether the unfinished event has passed the bound."""
        return len(self._tail) > self._max

    def rest(self) -> bytes:
        """Return what came after the last whole event, and forget it."""
        tail, self._tail, self._scanned = self._tail, b"", 0
        return tail


def data_of(event: bytes) -> bytes | None:
    """Return an event's data, several data lines joined by a newline; None for comments and other dataless events."""
    if event.startswith(b"data: ") and event.find(b"\n", 6) == len(event) - 2 and event.endswith(b"\n\n"):
        return event[6:-2]
    lines = [line[5:].removeprefix(b" ") for line in event.splitlines() if line.startswith(b"data:") or line == b"data"]
    return b"\n".join(lines) if lines else None


def is_dataless(event: bytes) -> bool:
    """Whether an event without data is one at all: comments and fields, not a page of text that broke in."""
    return all(line.startswith(_DATALESS) for line in event.splitlines() if line)


def encode_event(data: bytes) -> bytes:
    """Encode one event that carries this single line of data."""
    return b"data: " + data + b"\n\n"
