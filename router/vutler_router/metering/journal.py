"""The port of the journal: where a row is safe before its caller sees the end of the answer."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol

from typing_extensions import override

from vutler_router.metering.batches import Batch
from vutler_router.metering.ledger import Entry

__all__ = ["LARGEST_BATCH", "Journal", "MemoryJournal", "unique_rows"]

LARGEST_BATCH = 1_000
"""Rows written together: large enough to make commits cheap, small enough for any time limit."""


class Journal(Protocol):
    """Keeps rows from the moment they are added until the database has them."""

    @property
    def waiting(self) -> int:
        """Rows that are not acknowledged yet, those of earlier runs included."""

    @property
    def broken(self) -> bool:
        """Whether rows are held in memory alone, because the disk refuses them."""

    def add(self, entry: Entry) -> "asyncio.Future[None]":
        """Take a row; it is safe when the future is done, and kept whether or not anybody waits for that."""
        ...

    def close_batch(self) -> None:
        """Let the rows added so far be a batch, if there are any."""

    async def oldest(self) -> Batch | None:
        """Return the oldest batch that is not acknowledged, the same one until it is; None when there is none."""

    def acknowledge(self, batch: Batch) -> None:
        """Forget the oldest batch: the database has it."""

    async def aclose(self) -> None:
        """Write what is on its way and let go of the files; what was not acknowledged is there for the next start."""


class MemoryJournal(Journal):
    """Keeps rows for as long as the process lives, for tests and tools that bill nobody."""

    def __init__(self, writer: str, answered: Callable[[], int] = lambda: 0) -> None:
        self._writer = writer
        self._answered = answered
        self._open: list[Entry] = []
        self._closed: deque[Batch] = deque()
        self._number = 0

    @property
    @override
    def waiting(self) -> int:
        return len(self._open) + sum(len(batch.entries) for batch in self._closed)

    @property
    @override
    def broken(self) -> bool:
        return False

    @override
    def add(self, entry: Entry) -> "asyncio.Future[None]":
        self._open.append(entry)
        if len(self._open) >= LARGEST_BATCH:
            self.close_batch()
        safe = asyncio.get_running_loop().create_future()
        safe.set_result(None)
        return safe

    @override
    def close_batch(self) -> None:
        if self._open:
            self._number += 1
            self._closed.append(Batch(self._writer, self._number, unique_rows(self._open), self._answered()))
            self._open = []

    @override
    async def oldest(self) -> Batch | None:
        return self._closed[0] if self._closed else None

    @override
    def acknowledge(self, batch: Batch) -> None:
        self._closed.popleft()

    @override
    async def aclose(self) -> None:
        """Nothing is held."""


def unique_rows(entries: list[Entry]) -> tuple[Entry, ...]:
    """Return rows with each request id once."""
    return tuple({entry.request_id: entry for entry in entries}.values())
