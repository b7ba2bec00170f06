"""What becomes of answers that nobody waits for: cut where that stops the provider's bill, else read to their end."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Final, TypeVar

import structlog

from vutler_router.errors import RouterError
from vutler_router.providers.codec import Answer
from vutler_router.providers.count import Count
from vutler_router.providers.target import Target
from vutler_router.services.answering.attempts import BegunStream
from vutler_router.services.answering.exchange import Exchange
from vutler_router.services.answering.settling import Status

__all__ = ["Drains"]

_SECONDS: Final = 120.0
"""How long an answer is read on: longer than most take."""

_MOST: Final = 200
"""Answers read at once; beyond that the rows are estimates."""

_CLOSE_SECONDS: Final = 5.0

_log = structlog.get_logger(__name__)

T = TypeVar("T")
Settle = Callable[[Exchange, Target, Status, Count], Awaitable[None]]


class Drains:
    """Background readers, bounded in number and time; every one ends in the row of its request.

    Args:
        settle: Writes a row.
        seconds: How long one answer is read on.
        most: How many are read at once.
    """

    def __init__(self, settle: Settle, *, seconds: float = _SECONDS, most: int = _MOST) -> None:
        self._settle = settle
        self._seconds = seconds
        self._most = most
        self._tasks: dict[asyncio.Task[None], Exchange] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    def reads(self, exchange: Exchange) -> bool:
        """Whether an answer to this request is read here, or waited for."""
        return any(found is exchange for found in self._tasks.values())

    async def cut(self, exchange: Exchange, target: Target) -> None:
        """Write the row of an answer that ended, before it began, with its caller; nothing is known of it."""
        await self._settle(exchange, target, Status.CANCELLED, Count())

    def take_stream(self, exchange: Exchange, target: Target, begun: BegunStream) -> None:
        """Read a stream on and let go of it at its end."""
        status = Status.OK if begun.reader.finished else Status.CANCELLED
        self._start(exchange, self._drain_stream(exchange, target, begun, status))

    def take_attempt(self, exchange: Exchange, target: Target, asked: "asyncio.Future[T]") -> None:
        """Wait for an answer that has not begun, then read it like any other."""
        self._start(exchange, self._drain_attempt(exchange, target, asked))

    async def aclose(self) -> None:
        """Give what is under way a moment, then write the rows as they are."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_CLOSE_SECONDS)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, exchange: Exchange, draining: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(draining, name="drain")
        self._tasks[task] = exchange
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Let go of a request; what is still reserved for it was never used."""
        self._tasks.pop(task).hold.release()

    def _allowance(self) -> float:
        """Return the seconds that one more may take: none when too many are under way."""
        return self._seconds if len(self._tasks) <= self._most else 0.0

    async def _drain_attempt(self, exchange: Exchange, target: Target, asked: "asyncio.Future[T]") -> None:
        count: Count | None = Count()
        try:
            async with asyncio.timeout(self._allowance()):
                answer = await asked
            count = answer.count if isinstance(answer, Answer) else None
            if isinstance(answer, BegunStream):
                await self._drain_stream(exchange, target, answer, Status.CANCELLED)
        except RouterError:
            count = None  # the provider did not answer, so there is nothing to pay for
        except TimeoutError:
            _log.info("gave up an answer that nobody waits for", request_id=exchange.request_id)
        finally:
            if count is not None:
                await self._settle(exchange, target, Status.CANCELLED, count)

    async def _drain_stream(self, exchange: Exchange, target: Target, begun: BegunStream, status: Status) -> None:
        reader = begun.reader
        try:
            with suppress(RouterError, TimeoutError):
                async with asyncio.timeout(self._allowance()):
                    while not reader.done and reader.error is None and (piece := await begun.reply.piece()):
                        reader.feed(piece)
        finally:
            begun.reply.close()
            await self._settle(exchange, target, status, reader.count)
