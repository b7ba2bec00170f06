"""Reads what an earlier run left in a journal's folder."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from vutler_router.metering.ledger import Entry
from vutler_router.storage.journal.committer import Place
from vutler_router.storage.journal.frames import Acknowledged, Closed, Opened, is_row, read_frame, read_row

__all__ = ["SUFFIX", "Found", "Remains", "read_remains", "read_rows"]

SUFFIX: Final = ".journal"


@dataclass(frozen=True, slots=True)
class Found:
    """A batch that the database may not have.

    Attributes:
        rows: How many it has.
        place: Where they stand, among other lines.
    """

    number: int
    answered: int
    rows: int
    place: Place


@dataclass(slots=True)
class Remains:
    """What there is, oldest first.

    Attributes:
        batches: Those that were closed and not acknowledged.
        number: The last batch that was closed.
        answered: Answers counted until then.
        open_rows: Rows after it, in the last file: they were never closed.
        open_place: Where those stand.
        paths: The files, the last one last.
    """

    batches: list[Found] = field(default_factory=list)
    number: int = 0
    answered: int = 0
    open_rows: int = 0
    open_place: Place | None = None
    paths: list[Path] = field(default_factory=list)


def read_remains(folder: Path) -> Remains:
    """Read a folder's files in the order they were written. Raises `OSError`."""
    remains = Remains(paths=sorted(folder.glob(f"*{SUFFIX}")))
    acknowledged = 0
    for path in remains.paths:
        start, rows, end = 0, 0, 0
        for line in _lines(path):
            begin, end = end, end + len(line)
            if is_row(line):
                rows += 1
                continue
            match read_frame(line):
                case Opened(number, answered):
                    remains.number = max(remains.number, number)
                    remains.answered = max(remains.answered, answered)
                case Closed(number, answered):
                    remains.number, remains.answered = number, answered
                    remains.batches.append(Found(number, answered, rows, Place(path, start, begin)))
                    start, rows = end, 0
                case Acknowledged(number):
                    acknowledged = max(acknowledged, number)
                case None:
                    continue
        remains.open_rows, remains.open_place = rows, Place(path, start, end)
    remains.batches = [found for found in remains.batches if found.number > acknowledged]
    return remains


def read_rows(place: Place) -> list[Entry]:
    """Read the rows that stand in a part of a file. Raises `OSError`."""
    with place.path.open("rb") as file:
        file.seek(place.start)
        lines = file.read(place.end - place.start).split(b"\n")
    return [row for row in map(read_row, lines) if row is not None]


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from file
