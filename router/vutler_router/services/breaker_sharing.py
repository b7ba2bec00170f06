"""Tells other router processes which breakers opened and closed here, and takes over theirs; off the request path.

What is shared is only that a breaker opened or closed. Failures that opened nothing yet, and probes on their way, stay
each process's own: once the reopening time has come, every process lets one request through.

The newest record of a breaker counts. A process that has seen a record stamps its next one later than that, whatever
its clock says, so an answer to something always wins over it. Clocks that differ by a second or two therefore matter
twice only: of an opening and a closing that knew nothing of each other the one by the clock that is ahead wins, and a
process whose clock is ahead sends its probe that much earlier.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

import structlog

from vutler_router.domain.breaker_store import KEPT, MOST_RECORDS, BreakerRecord, BreakerStore, stored_time
from vutler_router.errors import StorageError
from vutler_router.routing.breaker import BreakerKey, Breakers, BreakerView

__all__ = ["BreakerSharing"]

_READ_AT_ONCE: Final = 200
"""Records taken over before the requests get their turn."""

_WRITTEN_AT_ONCE: Final = 100
"""Few enough for any time limit, on a slow server too; the others follow."""

_GATHER_SECONDS: Final = 0.05
"""How long a change waits for company: what fails fails in rows."""

_FULL_COMPARE_EVERY: Final = 30
"""Polls after which records are read though the version stands still: its writer may have died in between."""

_CLOSE_SECONDS: Final = 2.0
"""How long closing waits for the last changes to be written."""

_TICK: Final = timedelta(milliseconds=1)

_log = structlog.get_logger(__name__)


class BreakerSharing:
    """Keeps a process's breakers and the records in the store alike.

    An outage of the store is logged and outlasted: breakers go on as this process's own, and what changed meanwhile is
    written afterwards.

    Args:
        breakers: This process's.
        store: Where all processes' records are.
        now: The time, UTC.
        interval: Seconds between two looks at the store.
    """

    def __init__(
        self, breakers: Breakers, store: BreakerStore, now: Callable[[], datetime], *, interval: float = 1.0
    ) -> None:
        self._breakers = breakers
        self._store = store
        self._now = now
        self._interval = interval
        self._known: dict[BreakerKey, BreakerRecord] = {}
        self._unwritten: dict[BreakerKey, BreakerRecord] = {}
        self._version: int | None = None
        self._changed = asyncio.Event()
        self._closing = asyncio.Event()
        breakers.watch(self._note)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Take over what is in the store, and share until the block ends; then write what is left.

        Raises:
            StorageError: The store does not answer at the start.
        """
        await self.refresh()
        task = asyncio.create_task(self._run(), name="breaker-sharing")
        task.add_done_callback(_tell_why_it_ended)
        try:
            yield
        finally:
            await self._close(task)

    async def publish(self) -> None:
        """Write what changed here, so much as fits into one call; what is left makes the loop come again.

        Raises:
            StorageError: The store does not answer; the changes wait.
        """
        now = self._now()
        self._unwritten = {key: record for key, record in self._unwritten.items() if record.expires_at > now}
        records = tuple(islice(self._unwritten.values(), _WRITTEN_AT_ONCE))
        if not records:
            return
        await self._store.put(records)
        for record in records:
            if self._unwritten.get(record.key) is record:
                del self._unwritten[record.key]
        if self._unwritten:
            self._changed.set()

    async def refresh(self, *, compare: bool = False) -> None:
        """Take over what changed in the store since the last time.

        Args:
            compare: Read the records even if the store's version stands still, and forget what has expired.

        Raises:
            StorageError: The store does not answer; what is known stays in use.
        """
        if compare:
            await self._expire()
        version = await self._store.version()
        if version == self._version and not compare:
            return
        now = self._now()
        number = 0
        async for record in self._store.records():
            if record.expires_at > now:
                self._take(record)
            number += 1
            if number % _READ_AT_ONCE == 0:
                await asyncio.sleep(0)
        self._version = version

    def _note(self, view: BreakerView) -> None:
        """Remember a change made here; this is all that a request waits for."""
        known, changed_at = self._known.get(view.key), stored_time(self._now())
        if known is not None:
            changed_at = max(changed_at, known.changed_at + _TICK)
        record = _record(view, changed_at)
        _put_last(self._known, record)
        _put_last(self._unwritten, record)
        self._changed.set()

    def _take(self, record: BreakerRecord) -> None:
        """Be as a record says unless a newer one is known; of two at one time that in the store counts."""
        known = self._known.get(record.key)
        if known == record or (known is not None and known.changed_at > record.changed_at):
            return
        _put_last(self._known, record)
        self._unwritten.pop(record.key, None)
        self._breakers.adopt(record)

    async def _expire(self) -> None:
        """Forget what is of no use any more, here and in the store."""
        now = self._now()
        self._known = {key: record for key, record in self._known.items() if record.expires_at > now}
        self._breakers.forget(now - KEPT)
        await self._store.remove_expired(now)

    async def _run(self) -> None:
        clock = asyncio.get_running_loop().time
        polls, due = 0, clock() + self._interval
        while not self._closing.is_set():
            await _within(due - clock(), self._changed.wait())
            await _within(_GATHER_SECONDS, self._closing.wait())
            self._changed.clear()
            polling = clock() >= due
            if polling:
                polls, due = polls + 1, clock() + self._interval
            try:
                await self.publish()
                if polling:
                    await self.refresh(compare=polls % _FULL_COMPARE_EVERY == 0)
            except StorageError as error:
                _log.warning("breakers not shared", error=error.message)
                await _within(self._interval, self._closing.wait())

    async def _close(self, task: asyncio.Task[None]) -> None:
        """Let the task end by itself, for a write cut short helps nobody, and write what is left."""
        self._closing.set()
        self._changed.set()
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await asyncio.wait({task})
                while self._unwritten:
                    await self.publish()
        except (TimeoutError, StorageError):
            _log.warning("breakers not shared at shutdown", breakers=len(self._unwritten))
        if not task.done():
            task.cancel()
            await asyncio.wait({task})


def _record(view: BreakerView, changed_at: datetime) -> BreakerRecord:
    return BreakerRecord(
        *view.key,
        changed_at=changed_at,
        failures=view.failures,
        reason=view.reason,
        code=view.code,
        kind=view.kind,
        opened_at=view.opened_at,
        reopens_at=view.reopens_at,
    )


def _put_last(records: dict[BreakerKey, BreakerRecord], record: BreakerRecord) -> None:
    """Put in the newest record; beyond what a store gives out the oldest goes."""
    records.pop(record.key, None)
    records[record.key] = record
    if len(records) > MOST_RECORDS:
        del records[next(iter(records))]


async def _within(seconds: float, waiting: Awaitable[bool]) -> None:
    """Wait for something for so long at the most."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await waiting


def _tell_why_it_ended(task: asyncio.Task[None]) -> None:
    """Log a fault of our own, which would otherwise stay silent until shutdown."""
    if not task.cancelled() and task.exception() is not None:
        _log.critical("breakers are no longer shared", exc_info=task.exception())
