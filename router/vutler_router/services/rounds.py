"""Work in the background that is done again and again: when there is something to do, and now and then in any case."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import structlog

from vutler_router.errors import StorageError

__all__ = ["Rounds"]

_CLOSE_SECONDS: Final = 2.0
"""How long closing waits for the last round."""

_log = structlog.get_logger(__name__)


class Rounds:
    """A loop that works when the bell was rung. An outage of the database is logged, and the round made again.

    Args:
        name: Of the task, and for the log.
        work: One round.
        pause: Seconds between two rounds at the least.
        longest: Seconds after which a round is made though nobody rang.
        share: The most of the time that it may be at work; a slow round is followed by a longer pause.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[None]],
        *,
        pause: float,
        longest: float,
        share: float = 1.0,
    ) -> None:
        self._name = name
        self._work = work
        self._pause = pause
        self._longest = longest
        self._rest = 1 / share - 1
        self._bell = asyncio.Event()
        self._closing = asyncio.Event()

    def ring(self) -> None:
        """Ask for a round; cheap, and from the event loop only."""
        self._bell.set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work for the life of the block, at once for the first time and once more at its end."""
        task = asyncio.create_task(self._run(), name=self._name)
        task.add_done_callback(self._tell_why_it_ended)
        try:
            yield
        finally:
            self._closing.set()
            self._bell.set()
            await asyncio.wait({task}, timeout=_CLOSE_SECONDS)
            task.cancel()
            await asyncio.wait({task})

    async def _run(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            last = self._closing.is_set()
            self._bell.clear()
            began = clock()
            try:
                await self._work()
            except StorageError as error:
                self._bell.set()
                _log.warning("work waits for the database", work=self._name, error=error.message)
            if last:
                return
            await _within(max(self._pause, (clock() - began) * self._rest), self._closing.wait())
            await _within(self._longest, self._bell.wait())

    def _tell_why_it_ended(self, task: asyncio.Task[None]) -> None:
        """Log a fault of our own, which would otherwise stay silent until shutdown."""
        if not task.cancelled() and task.exception() is not None:
            _log.critical("work in the background has ended", work=self._name, exc_info=task.exception())


async def _within(seconds: float, waiting: Awaitable[bool]) -> None:
    """Wait for something for so long at the most."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await waiting
