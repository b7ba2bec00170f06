"""Opens the journal and what brings its rows to the database."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence

from vutler_router.metering.ledger import Entry
from vutler_router.metering.leftovers import bring_in
from vutler_router.metering.writer import LedgerWriter
from vutler_router.services.answering.metrics import RequestMetrics
from vutler_router.settings import Settings
from vutler_router.storage import Storage
from vutler_router.storage.journal import open_spools

__all__ = ["opened_ledger"]


async def opened_ledger(
    stack: contextlib.AsyncExitStack,
    settings: Settings,
    storage: Storage,
    metrics: RequestMetrics,
    on_written: Callable[[Sequence[Entry]], None],
) -> LedgerWriter:
    """Open the journal and begin to bring its rows to the database, what earlier processes left included."""
    own, abandoned = await open_spools(
        settings.spool_folder, lambda: metrics.answers, sync_each=settings.ledger_sync == "always"
    )
    ledger = LedgerWriter(own, storage.ledger, capacity=settings.ledger_queue, on_written=on_written)
    ledger.start()
    stack.push_async_callback(ledger.aclose)
    leftovers = asyncio.create_task(bring_in(abandoned, storage.ledger, on_written), name="leftovers")
    stack.push_async_callback(_cancelled, leftovers)
    metrics.show(
        "vutler_ledger_rows_waiting",
        "Usage rows on disk, not yet in the database",
        lambda: ledger.waiting + sum(journal.waiting for journal in abandoned),
    )
    metrics.show(
        "vutler_ledger_capture_ratio",
        "Rows safe on disk, of the answers counted since the start",
        lambda: ledger.recorded / metrics.answers if metrics.answers else 1.0,
    )
    return ledger


async def _cancelled(task: asyncio.Task[None]) -> None:
    """End a task that runs until it is told to stop."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
