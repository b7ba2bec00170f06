"""Reads HTTP answers as bytes: when one is whole, and whether it is the right one."""

from dataclasses import dataclass
from typing import Final

__all__ = ["Answer", "Expected", "dechunked"]

_BLANK: Final = b"\r\n\r\n"
_LAST_CHUNK: Final = b"\r\n0\r\n\r\n"
"""The line end of what stood before, the empty chunk and its blank line."""


class Answer:
    """Collects one answer; the head is read once, however many pieces follow it."""

    __slots__ = ("_chunked", "_end", "received")

    def __init__(self) -> None:
        self.received = bytearray()
        self._end = 0
        self._chunked = False

    def clear(self) -> None:
        """Get ready for the next answer of the connection."""
        self.received.clear()
        self._end = 0
        self._chunked = False

    def take(self, data: bytes) -> bool:
        """Add what arrived and return whether the answer is whole."""
        received = self.received
        received += data
        if not self._end and not self._read_head():
            return False
        if self._chunked:
            return received.endswith(_LAST_CHUNK)
        return len(received) >= self._end

    def _read_head(self) -> bool:
        """Learn from the head where the body ends, once the head is there."""
        head = self.received.find(_BLANK)
        if head < 0:
            return False
        fields = bytes(self.received[:head]).lower()
        self._end = head + len(_BLANK)
        self._chunked = b"\r\ntransfer-encoding: chunked" in fields
        if not self._chunked:
            _, _, rest = fields.partition(b"\r\ncontent-length:")
            self._end += int(rest.partition(b"\r\n")[0] or 0)
        return True


@dataclass(frozen=True, slots=True)
class Expected:
    """What makes an answer the right one.

    Attributes:
        marks: Byte strings that must all be in it.
        word: What each generated word begins with.
        words: How many of them there must be: none lost, none doubled.
    """

    marks: tuple[bytes, ...]
    word: bytes
    words: int

    def fits(self, received: bytes) -> bool:
        """Return whether an answer, as it came from the wire, is the right one."""
        if not received.startswith(b"HTTP/1.1 200"):
            return False
        if self._holds(received):
            return True
        try:
            return self._holds(dechunked(received))
        except ValueError:
            return False

    def _holds(self, text: bytes) -> bool:
        return text.count(self.word) == self.words and all(mark in text for mark in self.marks)


def dechunked(received: bytes) -> bytes:
    """Return the body of a whole chunked answer; a proxy may cut chunks anywhere, inside a word too.

    Raises:
        ValueError: The chunks are malformed.
    """
    rest = received.partition(_BLANK)[2]
    body = bytearray()
    while True:
        size_line, _, rest = rest.partition(b"\r\n")
        size = int(size_line.partition(b";")[0], 16)
        if size == 0:
            return bytes(body)
        body += rest[:size]
        rest = rest[size + 2 :]
