"""Agents' turns from beginning to end, on record and in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import structlog

from vutler_router.domain.ask_store import Ask, AskEnd, AskKind, AskStatus, AskStore
from vutler_router.domain.usage import TokenCounts
from vutler_router.errors import StorageError

__all__ = ["RunningTurn", "Turns"]

_CLOSE_SECONDS: Final = 2.0

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class RunningTurn:
    """A turn under way.

    Attributes:
        ask: Its record.
        usage: What its answer said it took, once that is known.
    """

    ask: Ask
    usage: TokenCounts | None = None


class Turns:
    """Keeps the records of turns, and what this process's agents are at work on.

    Args:
        store: Where records are kept, for all router processes.
        now: The time.
    """

    def __init__(self, store: AskStore, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._at: dict[str, list[Ask]] = {}
        self._by: dict[str, int] = {}
        self._writing: set[asyncio.Task[None]] = set()

    def at(self, agent_id: str) -> Sequence[Ask]:
        """Return what an agent is at work on in this process, the oldest first."""
        return self._at.get(agent_id, ())

    def waiting(self, asker: str) -> int:
        """Return how many answers an agent waits for in this process."""
        return self._by.get(asker, 0)

    async def under_way(self, agent_id: str) -> Sequence[Ask]:
        """Return what an agent is at work on in all processes, the oldest first. Raises `StorageError`."""
        return await self._store.under_way(agent_id, self._now())

    @asynccontextmanager
    async def running(self, ask: Ask) -> AsyncIterator[RunningTurn]:
        """Have a turn on record for the life of the block, whose end, whichever, is noted.

        A person's turn goes on without a record if the database is away; an agent's does not, for without it nobody
        could tell circles.

        Raises:
            StorageError: There can be no record of it.
        """
        turn = RunningTurn(ask)
        try:
            await self._store.add(ask)
        except StorageError as error:
            if ask.kind is AskKind.ASK:
                raise
            _log.warning("turn has no record", agent=ask.peer, error=error.message)
        self._enter(ask)
        status = AskStatus.FAILED
        try:
            yield turn
            status = AskStatus.OK
        except TimeoutError:
            status = AskStatus.TIMEOUT
            raise
        except (asyncio.CancelledError, GeneratorExit):
            status = AskStatus.CANCELLED
            raise
        finally:
            self._leave(ask)
            writing = self._finish(turn, status)
            if status is not AskStatus.CANCELLED:
                await asyncio.shield(writing)

    async def aclose(self) -> None:
        """Wait a moment for what is still being written."""
        if self._writing:
            await asyncio.wait(self._writing, timeout=_CLOSE_SECONDS)

    def _finish(self, turn: RunningTurn, status: AskStatus) -> "asyncio.Task[None]":
        """Note the end in a task of its own: who is cancelled may wait for nothing any more."""
        usage = turn.usage
        end = AskEnd(status, self._now())
        if usage is not None:
            end = replace(end, tokens_input=usage.input, tokens_output=usage.output)
        task = asyncio.create_task(self._write(turn.ask, end), name="ask")
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        return task

    async def _write(self, ask: Ask, end: AskEnd) -> None:
        _log.info(
            "turn ended",
            tree=ask.tree_id,
            ask=ask.id,
            asker=ask.asker,
            agent=ask.peer,
            status=end.status.value,
            ms=round((end.ended_at - ask.started_at).total_seconds() * 1000),
        )
        try:
            await self._store.finish(ask.id, end)
        except StorageError as error:  # its deadline ends it
            _log.warning("end of a turn not written", ask=ask.id, error=error.message)

    def _enter(self, ask: Ask) -> None:
        self._at.setdefault(ask.peer, []).append(ask)
        self._by[ask.asker] = self._by.get(ask.asker, 0) + 1

    def _leave(self, ask: Ask) -> None:
        asks = self._at[ask.peer]
        asks.remove(ask)
        if not asks:
            del self._at[ask.peer]
        self._by[ask.asker] -= 1
        if not self._by[ask.asker]:
            del self._by[ask.asker]
