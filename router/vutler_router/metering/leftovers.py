"""Brings in the rows of router processes that ended without writing them and did not come back."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

import structlog

from vutler_router.metering.batches import LedgerStore
from vutler_router.metering.journal import Journal
from vutler_router.metering.ledger import Entry
from vutler_router.metering.writer import LedgerWriter

__all__ = ["AbandonedJournal", "bring_in"]

_log: Final = structlog.get_logger(__name__)


class AbandonedJournal(Journal, Protocol):
    """A journal that nobody adds to any more."""

    async def discard(self) -> None:
        """Delete it, now that the database has all its rows."""


async def bring_in(
    journals: Sequence[AbandonedJournal], store: LedgerStore, on_written: Callable[[Sequence[Entry]], None]
) -> None:
    """Write what such journals hold, one after the other, however long the database is away, and delete them.

    Cancelled, it lets go of them: the next start goes on.
    """
    left = list(journals)
    try:
        while left:
            rows = left[0].waiting
            writer = LedgerWriter(left[0], store, on_written=on_written)
            await writer.drain()
            await left.pop(0).discard()
            _log.info("rows of an ended process were brought in", rows=rows)
    finally:
        for journal in left:
            await journal.aclose()
