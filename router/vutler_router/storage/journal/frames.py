"""What stands in a journal: one line for each thing that happened, with a checksum in front.

A line that was cut off by a crash, or that a disk spoilt, fails its checksum and is passed over; nobody saw the end of
the answer it would have stood for.
"""

from binascii import crc32
from dataclasses import dataclass
from typing import Final

import orjson
from pydantic import TypeAdapter

from vutler_router.metering.ledger import Entry

__all__ = ["Acknowledged", "Closed", "Frame", "Opened", "is_row", "read_frame", "read_row", "row_frame", "write_frame"]

_CHECKSUM: Final = 8
"""Hexadecimal digits."""

_ROW: Final = TypeAdapter(Entry)


@dataclass(frozen=True, slots=True)
class Opened:
    """The first line of a file: how far its writer had come.

    Attributes:
        number: The last batch that was closed before.
        answered: Answers counted before.
    """

    number: int
    answered: int


@dataclass(frozen=True, slots=True)
class Closed:
    """The rows since the last such line are a batch; only from here on it may be written to the database."""

    number: int
    answered: int


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The database has all batches up to this one."""

    number: int


Frame = Opened | Closed | Acknowledged


def row_frame(entry: Entry) -> bytes:
    """Write a row down."""
    return _line(b"r" + orjson.dumps(entry))


def write_frame(frame: Frame) -> bytes:
    """Write down what is not a row."""
    match frame:
        case Opened(number, answered):
            return _line(b"o%d %d" % (number, answered))
        case Closed(number, answered):
            return _line(b"c%d %d" % (number, answered))
        case Acknowledged(number):
            return _line(b"a%d" % number)


def is_row(line: bytes) -> bool:
    """Tell whether a line is a whole row, without reading it."""
    said = _said(line)
    return said is not None and said[:1] == b"r"


def read_row(line: bytes) -> Entry | None:
    """Read a row; None for any other line."""
    said = _said(line)
    if said is None or said[:1] != b"r":
        return None
    return _ROW.validate_json(said[1:])


def read_frame(line: bytes) -> Frame | None:
    """Read what is not a row; None for a row, or for a line that is not whole."""
    said = _said(line)
    if said is None:
        return None
    numbers = said[1:]
    match said[:1]:
        case b"o":
            return Opened(*map(int, numbers.split()))
        case b"c":
            return Closed(*map(int, numbers.split()))
        case b"a":
            return Acknowledged(int(numbers))
        case _:
            return None


def _line(said: bytes) -> bytes:
    return b"%08x%b\n" % (crc32(said), said)


def _said(line: bytes) -> bytes | None:
    """Return what a line says, if its checksum is right."""
    said = line[_CHECKSUM:].rstrip(b"\n")
    return said if said and line[:_CHECKSUM] == b"%08x" % crc32(said) else None
