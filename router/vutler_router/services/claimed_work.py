"""Work that waits in the database, and that one of several processes does at a time."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Generic, TypeVar

import structlog

from vutler_router.domain.claim_store import Claim, ClaimStore
from vutler_router.errors import StorageError
from vutler_router.services.crew import Crew
from vutler_router.services.leases import Leases
from vutler_router.services.rounds import Rounds

__all__ = ["ClaimedWork", "Pace", "Steps"]

_MOST_DOUBLINGS: Final = 10

_log = structlog.get_logger(__name__)

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Pace:
    """Bounds on one process.

    Attributes:
        at_once: Items worked on at once.
        rest: Seconds between two looks at the least.
        interval: Seconds between two looks at the most, for what other processes left.
        first_pause: Before what failed is done again.
        longest_pause: To which that pause grows, by doubling.
    """

    at_once: int
    rest: float
    interval: float
    first_pause: timedelta
    longest_pause: timedelta

    def pause(self, attempt: int) -> timedelta:
        """Return how long to wait after so many attempts, the first of which is 1."""
        return min(self.first_pause * (1 << min(attempt - 1, _MOST_DOUBLINGS)), self.longest_pause)


@dataclass(frozen=True, slots=True)
class Steps(Generic[Item]):
    """What one kind of work is.

    Attributes:
        waiting: Finds what waits, the first first. Raises `StorageError`.
        name: Names an item for all processes; who claims the name does the work.
        lane: Of items of the same lane this process works on one at a time.
        do: Does an item, for the first time or a later one; the claim is kept meanwhile. Says whether that settles it:
            what is not is done again after a pause that grows. Raises `StorageError`, upon which the item waits for its
            claim to end.
    """

    waiting: Callable[[], Awaitable[Sequence[Item]]]
    name: Callable[[Item], str]
    lane: Callable[[Item], str]
    do: Callable[[Item, int], Coroutine[Any, Any, bool]]


class ClaimedWork(Generic[Item]):
    """Does what waits, off the request path. What a process that dies has begun, another one does in half a minute.

    Args:
        title: Of the tasks, and for the log.
        steps: What the work is.
        claims: How processes share it.
        now: The time, UTC.
        pace: Bounds.
    """

    def __init__(
        self, title: str, steps: Steps[Item], claims: ClaimStore, now: Callable[[], datetime], pace: Pace
    ) -> None:
        self._title = title
        self._steps = steps
        self._claims = claims
        self._now = now
        self._pace = pace
        self._leases = Leases(claims, now)
        self._rounds = Rounds(title, self._look, pause=min(pace.interval, pace.rest), longest=pace.interval)
        self._crew = Crew(title, pace.at_once, self._rounds.ring)

    def ring(self) -> None:
        """Hear that something may wait."""
        self._rounds.ring()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work for the life of the block; at its end others take over what is not done."""
        async with self._rounds.running():
            try:
                yield
            finally:
                await self._crew.aclose()

    async def _look(self) -> None:
        """Begin with what nobody has claimed, as far as there is room. Raises `StorageError`."""
        items = await self._steps.waiting() if self._crew.has_room() else ()
        held = await self._claims.held([self._steps.name(item) for item in items], self._now())
        for item in items:
            if not self._crew.has_room():
                return
            name, lane = self._steps.name(item), self._steps.lane(item)
            claim = None if name in held or lane in self._crew else await self._leases.take(name)
            if claim is None:
                continue
            if self._crew.has_room():
                self._crew.begin(lane, self._do(item, claim))
            else:  # closed since
                await self._leases.again_in(claim, timedelta())

    async def _do(self, item: Item, claim: Claim) -> None:
        try:
            async with self._leases.kept(claim):
                is_settled = await self._steps.do(item, claim.number)
                if not is_settled:
                    await self._leases.again_in(claim, self._pace.pause(claim.number))
        except StorageError as error:
            _log.warning("work waits for the database", work=self._title, item=claim.work, error=error.message)
