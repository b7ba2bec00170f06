"""Brings usage rows from the journal to the database in groups, off the request path."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from vutler_router.errors import NotReady, StorageError
from vutler_router.metering.batches import Batch, LedgerStore
from vutler_router.metering.journal import Journal
from vutler_router.metering.ledger import Entry

__all__ = ["LedgerWriter"]

_GATHER_SECONDS: Final = 0.05
"""How long a row waits for company; well inside the two seconds in which usage must show."""

_LONGEST_PAUSE: Final = 5.0
"""Seconds between attempts while the database is away."""

_CLOSE_SECONDS: Final = 10.0
"""How long closing waits for the last rows."""

_log = structlog.get_logger(__name__)


class LedgerWriter:
    """A `Ledger` over a journal, and one background task that writes its batches in order.

    `record` returns when the row is on disk. A batch is repeated as it is until the database confirms it, however long
    that takes and whatever happens to the process meanwhile; while too many rows wait, no new requests are taken.

    Args:
        journal: Where rows are safe until then; closed with the writer.
        store: Where rows are kept.
        capacity: Rows that may wait.
        on_written: Told of rows that the database has.
    """

    def __init__(
        self,
        journal: Journal,
        store: LedgerStore,
        *,
        capacity: int = 1_000_000,
        on_written: Callable[[Sequence[Entry]], None] = lambda _: None,
    ) -> None:
        self._journal = journal
        self._store = store
        self._capacity = capacity
        self._on_written = on_written
        self._task: asyncio.Task[None] | None = None
        self._added = asyncio.Event()
        self._idle = asyncio.Event()
        self._closing = asyncio.Event()
        self._recorded = 0

    def start(self) -> None:
        """Begin to write, first what an earlier run left; needs a running event loop."""
        self._added.set()
        self._task = asyncio.create_task(self._run(), name="ledger-writer")
        self._task.add_done_callback(_tell_why_it_ended)

    @property
    def waiting(self) -> int:
        """Rows that the database has not confirmed yet."""
        return self._journal.waiting

    @property
    def recorded(self) -> int:
        """Rows that were safe on disk, in this run."""
        return self._recorded

    def check_room(self) -> None:
        """Refuse a request whose answer could not be written down.

        Raises:
            NotReady: Too many rows wait for the database, or the disk takes none.
        """
        if self._journal.waiting < self._capacity and not self._journal.broken:
            return
        why = "its disk takes no more" if self._journal.broken else "too many wait for the database"
        raise NotReady(f"The router cannot keep usage records just now ({why}); try again.", code="ledger_full")

    async def record(self, entry: Entry) -> None:
        """See `Ledger.record`."""
        if self._closing.is_set() or (self._task is not None and self._task.done()):
            raise NotReady("Usage cannot be recorded: the router is shutting down.", retry_after=1)
        safe = self._journal.add(entry)
        self._idle.clear()
        self._added.set()
        try:
            await safe
        finally:
            self._recorded += 1  # a caller who leaves meanwhile changes nothing: the journal has the row

    async def flush(self) -> None:
        """Wait until every row recorded so far is in the database."""
        await self._idle.wait()

    async def drain(self) -> None:
        """Write what the journal holds, in this task, until there is no more."""
        self._journal.close_batch()
        while (batch := await self._journal.oldest()) is not None:
            await self._append(batch)
            self._journal.acknowledge(batch)
            self._on_written(batch.entries)

    async def aclose(self) -> None:
        """Write what there is and stop; what the database does not take in time stays on disk for the next start."""
        self._closing.set()
        if self._task is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0 if self._task.done() else _CLOSE_SECONDS):
                    await self.flush()
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._journal.waiting:
            _log.warning("usage rows stay on disk until the next start", rows=self._journal.waiting)
        await self._journal.aclose()

    async def _run(self) -> None:
        while True:
            await self._added.wait()
            if not self._closing.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), _GATHER_SECONDS)
            self._added.clear()
            await self.drain()
            if not self._added.is_set():
                self._idle.set()

    async def _append(self, batch: Batch) -> None:
        """Write a batch, however long the database stays away."""
        pause = _GATHER_SECONDS
        while True:
            try:
                await self._store.append(batch)
            except StorageError as error:
                _log.warning("usage rows wait for the database", rows=self._journal.waiting, error=error.message)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                return


def _tell_why_it_ended(task: asyncio.Task[None]) -> None:
    """Log a fault of our own, which would otherwise stay silent until shutdown."""
    if not task.cancelled() and task.exception() is not None:
        _log.critical("usage rows are no longer written", exc_info=task.exception())
