"""Reads which part of a file a caller asks for (RFC 9110, section 14)."""

import re
from dataclasses import dataclass
from typing import Final

__all__ = ["Part", "asked_part"]

_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """The bytes from `start` up to, not including, `stop`; none where the range begins behind the file's end."""

    start: int
    stop: int

    def __bool__(self) -> bool:
        return self.start < self.stop


def asked_part(header: str | None, size: int) -> Part | None:
    """Return the part that a Range header asks for.

    Returns:
        None for the whole: without the header, and with one that is malformed or has several ranges, which a server
        may overlook. A part that is false where there is no such byte.
    """
    found = _RANGE.fullmatch(header.replace(" ", "")) if header else None
    if found is None or found[1] == found[2] == "":
        return None
    if not found[1]:
        return Part(max(0, size - int(found[2])), size)
    start = int(found[1])
    if found[2] and int(found[2]) < start:
        return None
    stop = min(size, int(found[2]) + 1) if found[2] else size
    return Part(start, stop)
