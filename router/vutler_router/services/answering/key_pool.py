"""The platform's keys for one model, and the one line of requests that wait for any of them."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import Final

from vutler_router.fairuse.fair_queue import FairQueue, Ticket
from vutler_router.fairuse.pace import Pace
from vutler_router.providers.target import Target
from vutler_router.settings import ProviderName

__all__ = ["KeyPool", "Lane", "Limit", "Turn", "Waiter"]

_SHORTEST_TIMER: Final = 0.001


@dataclass(slots=True, eq=False)
class Lane:
    """One key of a pool."""

    pool: "KeyPool"
    pace: Pace


class Limit(Enum):
    """What it means that a provider refused a request because the platform's key is over its rate."""

    AGAIN = "again"
    """It passes soon, and the request waits for another turn."""

    PASSING = "passing"
    """It passes soon, but the request was put back often enough."""

    LASTING = "lasting"
    """It does not pass soon: a breaker's business too."""


@dataclass(slots=True, eq=False)
class Turn:
    """Leave to send one request to one target.

    Attributes:
        lane: Whose rate it counts against; None for a user's own key, which nobody queues for.
        at: When it was given, in seconds of the process's monotonic clock.
        came: When the request first asked for one, on the same clock.
        returns: How often the provider refused the request in spite of its turn.
        limit: What a refusal for the key's rate means; None where there was none.
    """

    target: Target
    lane: Lane | None = None
    at: float = 0.0
    came: float = 0.0
    returns: int = 0
    limit: Limit | None = None


@dataclass(slots=True, eq=False)
class Waiter:
    """One request that waits, in one pool or in several: the first turn wins.

    Attributes:
        agent: Who asks.
        weight: The agent's share beside the others.
        came: When it first asked, in seconds of the process's monotonic clock.
        lanes: The keys that would do, each with what it would be asked for.
        won: The turn; None once there is no place left to wait in.
        tickets: Where it waits.
    """

    agent: str
    weight: float
    came: float
    lanes: Mapping[Lane, Target]
    won: "asyncio.Future[Turn | None]"
    tickets: "dict[KeyPool, Ticket[Waiter]]" = field(default_factory=dict)

    def lose(self, pool: "KeyPool") -> None:
        """Note that it was sent away from one pool; from the last one it goes empty-handed."""
        self.tickets.pop(pool, None)
        if not self.tickets and not self.won.done():
            self.won.set_result(None)

    async def within(self, seconds: float) -> Turn | None:
        """Wait for a turn for so long at the most."""
        await asyncio.wait([self.won], timeout=max(seconds, 0.0))
        return self.won.result() if self.won.done() else None


class KeyPool:
    """Keys that do the same for a request, and who waits for them.

    Args:
        provider: Whose keys they are.
        clock: Seconds that only grow.
    """

    def __init__(self, provider: ProviderName, clock: Callable[[], float]) -> None:
        self.provider = provider
        self.lanes: list[Lane] = []
        self.queue: FairQueue[Waiter] = FairQueue()
        self._clock = clock
        self._timer: asyncio.TimerHandle | None = None

    def free(self, lanes: Iterable[Lane]) -> Lane | None:
        """Return the first key that may be used now and that nobody waits for."""
        if len(self.queue):
            return None
        now = self._clock()
        for lane in lanes:
            lane.pace.relax(now)
            if lane.pace.opens_in(now) <= 0:
                return lane
        return None

    def wait_of(self, agent: str, weight: float, lanes: Iterable[Lane], *, first: bool = False) -> float:
        """Estimate the seconds that one more request would wait for one of these keys.

        Args:
            agent: Who asks.
            weight: The agent's share.
            lanes: The keys that would do.
            first: Whether it would be put back in front.
        """
        now = self._clock()
        ahead = 0 if first else self.queue.ahead(agent, weight)
        paces = [lane.pace for lane in lanes]
        rate = sum(pace.per_second for pace in paces)
        opens_in = min(pace.opens_in(now) for pace in paces)
        return opens_in + (ahead / rate if rate else 0.0)

    def join(self, waiter: Waiter, *, first: bool = False) -> None:
        """Let a request wait, `first` where it had its turn in vain."""
        enter = self.queue.put_back if first else self.queue.push
        waiter.tickets[self] = enter(waiter.agent, waiter.weight, waiter, waiter.came)
        self.serve()

    def leave(self, waiter: Waiter) -> None:
        """Let a request wait no more; one that was served has left already."""
        ticket = waiter.tickets.pop(self, None)
        if ticket is not None:
            self.queue.remove(ticket)

    def serve(self) -> None:
        """Give turns to whoever may go now, and come back when the next one may."""
        now = self._clock()
        for lane in self.lanes:
            while len(self.queue) and lane.pace.opens_in(now) <= 0:
                ticket = self.queue.take(partial(_suits, lane))
                if ticket is None:
                    break
                lane.pace.spend(now)
                waiter = ticket.item
                waiter.won.set_result(Turn(waiter.lanes[lane], lane, now, waiter.came))
        self._arm(now)

    def _arm(self, now: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        delays = [delay for lane in self.lanes if (delay := lane.pace.opens_in(now)) > 0]
        if len(self.queue) and delays:
            delay = max(min(delays), _SHORTEST_TIMER)
            self._timer = asyncio.get_running_loop().call_later(delay, self.serve)


def _suits(lane: Lane, waiter: Waiter) -> bool:
    """Whether a request still waits, and for this key among others."""
    return lane in waiter.lanes and not waiter.won.done()
