"""Writes usage rows to the database in groups, off the request path."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

import structlog

from vutler_router.errors import NotReady, StorageError
from vutler_router.metering.batches import Batch, LedgerStore
from vutler_router.metering.ledger import Entry

__all__ = ["LedgerWriter"]

_LARGEST_BATCH: Final = 1_000
"""Rows written together: large enough to make commits cheap, small enough for any time limit."""

_GATHER_SECONDS: Final = 0.05
"""How long a row waits for company; well inside the two seconds in which usage must show."""

_LONGEST_PAUSE: Final = 5.0
"""Seconds between attempts while the database is away."""

_CLOSE_SECONDS: Final = 10.0
"""How long closing waits for the last rows."""

_log = structlog.get_logger(__name__)


class LedgerWriter:
    """A `Ledger` with a bounded queue and one background task that writes batches in order.

    `record` returns at once while there is room; with the queue full it waits, so that an outage of the database slows
    requests down before rows would be lost. A batch is repeated as it is until the database confirms it.

    Args:
        store: Where rows are kept.
        writer_id: Unique to this run of the process; see `Batch`.
        capacity: Rows that may wait.
        on_written: Told how many rows were confirmed, for metrics.
    """

    def __init__(
        self,
        store: LedgerStore,
        *,
        writer_id: str,
        capacity: int = 10_000,
        on_written: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._writer_id = writer_id
        self._queue: asyncio.Queue[Entry] = asyncio.Queue(capacity)
        self._on_written = on_written
        self._task: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()
        self._putting: set[asyncio.Task[None]] = set()
        self._number = 0
        self._unwritten = 0

    def start(self) -> None:
        """Begin to write; needs a running event loop."""
        self._task = asyncio.create_task(self._run(), name="ledger-writer")
        self._task.add_done_callback(_tell_why_it_ended)

    @property
    def waiting(self) -> int:
        """Rows that are not confirmed yet."""
        return self._unwritten

    async def record(self, entry: Entry) -> None:
        """See `Ledger.record`."""
        if self._closing.is_set() or (self._task is not None and self._task.done()):
            raise NotReady("Usage cannot be recorded: the router is shutting down.", retry_after=1)
        self._unwritten += 1
        try:
            self._queue.put_nowait(entry)
        except asyncio.QueueFull:
            await self._wait_for_room(entry)

    async def _wait_for_room(self, entry: Entry) -> None:
        """Put a row into a full queue, whatever becomes of the request meanwhile: its caller may leave, the row not."""
        put = asyncio.get_running_loop().create_task(self._queue.put(entry), name="ledger-room")
        self._putting.add(put)
        put.add_done_callback(self._putting.discard)
        await asyncio.shield(put)

    async def flush(self) -> None:
        """Wait until every row recorded so far is written."""
        await self._queue.join()

    async def aclose(self) -> None:
        """Write what is queued and stop; rows that the database does not take in time are logged as lost."""
        self._closing.set()
        if self._task is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0 if self._task.done() else _CLOSE_SECONDS):
                await self.flush()
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        if self._unwritten:
            _log.error("usage rows lost at shutdown", rows=self._unwritten)

    async def _run(self) -> None:
        while True:
            entries = await self._gather()
            unique = {entry.request_id: entry for entry in entries}
            self._number += 1
            await self._append(Batch(self._writer_id, self._number, tuple(unique.values())))
            self._unwritten -= len(entries)
            for _ in entries:
                self._queue.task_done()

    async def _gather(self) -> list[Entry]:
        """Wait for a row, and a moment more for others."""
        entries = [await self._queue.get()]
        if not self._closing.is_set() and self._queue.qsize() < _LARGEST_BATCH:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), _GATHER_SECONDS)
        while len(entries) < _LARGEST_BATCH and not self._queue.empty():
            entries.append(self._queue.get_nowait())
        return entries

    async def _append(self, batch: Batch) -> None:
        """Write a batch, however long the database stays away."""
        pause = _GATHER_SECONDS
        while True:
            try:
                await self._store.append(batch)
            except StorageError as error:
                _log.warning("usage rows wait for the database", rows=len(batch.entries), error=error.message)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                self._on_written(len(batch.entries))
                return


def _tell_why_it_ended(task: asyncio.Task[None]) -> None:
    """Log a fault of our own, which would otherwise stay silent until shutdown."""
    if not task.cancelled() and task.exception() is not None:
        _log.critical("usage rows are no longer written", exc_info=task.exception())
