"""Turns at the platform's keys: who asks much waits behind himself, and a key is not asked for more than it gives.

A user's own key is nobody else's and is never waited for. Of the platform's keys, the ones of a provider whose rate is
configured share that rate over all models; of the others each model is limited by itself, once a provider has refused.

A plan names its models in order of preference. For the first one a request waits two seconds, because another model in
the middle of a conversation costs more than that; then any other model is asked that is free at once; and where none
is, the request waits for whichever comes first.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from vutler_router.domain.plans import Plans
from vutler_router.errors import UpstreamBusy, UpstreamError
from vutler_router.fairuse.pace import Pace
from vutler_router.providers.target import Target
from vutler_router.services.answering.exchange import Exchange
from vutler_router.services.answering.key_pool import KeyPool, Lane, Limit, Turn, Waiter
from vutler_router.settings import ProviderName

__all__ = ["KeyPacer", "Limit", "NoQueueMetrics", "QueueMetrics", "Turn"]

_PATIENCE: Final = 2.0
"""Seconds that a request waits for the model it would rather have while another one is free."""

_LONGEST_WAIT: Final = 60.0
"""Seconds that a request waits for all of its turns together; providers count by the minute."""

_MOST_RETURNS: Final = 6
"""How often a request is put back that a provider refuses in spite of its turn."""

_MOST_REFUSALS: Final = 6
"""Refusals of a key in a row that are still a matter of its rate; then the breaker is told as well."""

Places = Mapping[KeyPool, Mapping[Lane, Target]]


class QueueMetrics(Protocol):
    """Counts who waits; low in cardinality, for it knows providers only."""

    def queue_changed(self, provider: str, change: int) -> None:
        """Count requests that began (1) or ceased (-1) to wait."""

    def queue_waited(self, provider: str, seconds: float) -> None:
        """Note how long one request waited until its turn."""


class NoQueueMetrics:
    """Counts nothing."""

    def queue_changed(self, provider: str, change: int) -> None:
        """See `QueueMetrics.queue_changed`."""

    def queue_waited(self, provider: str, seconds: float) -> None:
        """See `QueueMetrics.queue_waited`."""


class KeyPacer:
    """Knows the rates of all keys of the platform and who waits for them, in this process.

    Args:
        rates: Requests a minute that every key of a provider allows, where that is known.
        plans: Say what share an agent has.
        metrics: Told of waits.
        clock: Seconds that only grow, the same as those of exchanges.
        most: Requests that wait at once; beyond that the longest line loses its last.
        most_of_one: Requests of one agent that wait for the same keys.
    """

    def __init__(
        self,
        rates: Mapping[ProviderName, int],
        plans: Plans,
        metrics: QueueMetrics,
        clock: Callable[[], float],
        *,
        most: int = 500,
        most_of_one: int = 100,
    ) -> None:
        self._rates = rates
        self._plans = plans
        self._metrics = metrics
        self._clock = clock
        self._most = most
        self._most_of_one = most_of_one
        self._pools: dict[tuple[str, ...], KeyPool] = {}
        self._lanes: dict[tuple[str, ...], Lane] = {}
        self._waiting = 0

    def at_once(self, targets: Sequence[Target], back: Turn | None = None) -> Turn | None:
        """Return a turn if the first of these models may be asked without waiting; see `turn`."""
        target = targets[0]
        if not target.tier:
            return Turn(target)
        lane = self._lane(target)
        if lane.pace.rate is not None:
            pool, lanes = next(iter(self._places(targets).items()))
            return self._free(pool, lanes, back)
        return self._turn(lane, target, back)

    async def turn(self, exchange: Exchange, targets: Sequence[Target], back: Turn | None = None) -> Turn:
        """Wait for a turn at one of these models.

        Args:
            exchange: The request; it waits until its deadline at the latest.
            targets: What may be asked, in order of preference; all on keys of the platform.
            back: The turn by which the provider refused it just now: it comes first in its agent's line again.

        Raises:
            UpstreamBusy: It would take, or took, too long, or too many wait; `retry_after` says when to come back.
        """
        began = self._clock()
        places = self._places(targets)
        waiter = Waiter(
            exchange.agent.id,
            self._weight(targets[0]),
            began if back is None else back.came,
            {lane: target for lanes in places.values() for lane, target in lanes.items()},
            asyncio.get_running_loop().create_future(),
        )
        turn: Turn | None = None
        try:
            turn = await self._wait(waiter, places, back, min(exchange.deadline, waiter.came + _LONGEST_WAIT))
        finally:
            for pool in tuple(waiter.tickets):
                self._leave(pool, waiter)
            won = waiter.won.result() if waiter.won.done() else None
            if won is not None and won is not turn:
                self.unused(won)
        if turn is None:
            raise self._busy(waiter, places)
        turn.returns = _returns(back)
        if turn.at > began:
            self._metrics.queue_waited(turn.target.provider, turn.at - began)
        return turn

    def unused(self, turn: Turn) -> None:
        """Take back a turn by which nothing was sent, and let the next one go."""
        if turn.lane is not None:
            turn.lane.pace.refund()
            turn.lane.pool.serve()

    def sent(self, turn: Turn, requests: int) -> None:
        """Note how many requests were really sent by a turn."""
        if requests == 0:
            self.unused(turn)
        elif requests > 1 and turn.lane is not None:
            turn.lane.pace.spend(self._clock(), requests - 1)

    def answered(self, turn: Turn) -> None:
        """Note that the provider answered."""
        lane = turn.lane
        if lane is not None and lane.pace.rate is not None:
            lane.pace.answered(self._clock(), turn.at, pressed=len(lane.pool.queue) > 0)

    def failed(self, turn: Turn, error: UpstreamError) -> None:
        """Note a failure; where the platform's key is over its rate, `turn.limit` says what that means.

        A key that opens again soon is no breaker's business: its requests wait.
        """
        lane = turn.lane
        if lane is None or not isinstance(error, UpstreamBusy):
            return
        now = self._clock()
        lane.pace.refused(now, error.retry_after, turn.at)
        lane.pool.serve()
        error.retry_after = closed_for = lane.pace.closed_for(now)
        if closed_for > _LONGEST_WAIT or lane.pace.refusals > _MOST_REFUSALS:
            turn.limit = Limit.LASTING
        else:
            turn.limit = Limit.AGAIN if turn.returns < _MOST_RETURNS else Limit.PASSING

    async def _wait(self, waiter: Waiter, places: Places, back: Turn | None, give_up_at: float) -> Turn | None:
        """Wait for the preferred model, then ask whichever is free, then wait for all; None: in vain."""
        preferred, *others = places
        expected = self._join(waiter, preferred, places, back, give_up_at)
        if others:
            if expected is not None and expected <= _PATIENCE and (turn := await waiter.within(_PATIENCE)):
                return turn
            for pool in others:
                if (turn := self._free(pool, places[pool], back)) is not None:
                    return turn
            for pool in others:
                self._join(waiter, pool, places, back, give_up_at)
        return await waiter.within(give_up_at - self._clock()) if waiter.tickets else None

    def _join(
        self, waiter: Waiter, pool: KeyPool, places: Places, back: Turn | None, give_up_at: float
    ) -> float | None:
        """Wait in a pool; returns for how long that will be, or None where it would be too long or too many wait."""
        first = back is not None and back.lane in places[pool]
        expected = pool.wait_of(waiter.agent, waiter.weight, places[pool], first=first)
        full = not first and pool.queue.waiting(waiter.agent) >= self._most_of_one
        if full or self._clock() + expected > give_up_at or waiter.won.done():
            return None
        self._waiting += 1
        self._metrics.queue_changed(pool.provider, 1)
        pool.join(waiter, first=first)
        if self._waiting > self._most:
            self._shed()
        return expected

    def _shed(self) -> None:
        """Send one away; who has just been given a turn still counts, but is in no queue any more."""
        longest = max(self._pools.values(), key=lambda pool: len(pool.queue))
        if len(longest.queue):
            self._leave(longest, longest.queue.shed().item)

    def _leave(self, pool: KeyPool, waiter: Waiter) -> None:
        self._waiting -= 1
        self._metrics.queue_changed(pool.provider, -1)
        pool.leave(waiter)
        waiter.lose(pool)

    def _free(self, pool: KeyPool, lanes: Mapping[Lane, Target], back: Turn | None) -> Turn | None:
        lane = pool.free(lanes)
        return None if lane is None else self._turn(lane, lanes[lane], back)

    def _turn(self, lane: Lane, target: Target, back: Turn | None) -> Turn:
        now = self._clock()
        lane.pace.spend(now)
        return Turn(target, lane, now, now if back is None else back.came, _returns(back))

    def _places(self, targets: Sequence[Target]) -> dict[KeyPool, dict[Lane, Target]]:
        """Sort targets by the keys they need, in order; a key that serves several models is there for the first."""
        places: dict[KeyPool, dict[Lane, Target]] = {}
        for target in targets:
            lane = self._lane(target)
            places.setdefault(lane.pool, {}).setdefault(lane, target)
        return places

    def _lane(self, target: Target) -> Lane:
        lane = self._lanes.get(target.identity)
        return self._new_lane(target) if lane is None else lane

    def _new_lane(self, target: Target) -> Lane:
        provider, model, credential = target.identity
        rate = self._rates.get(target.provider)
        shared = (provider,) if rate is not None else (provider, model)
        pool = self._pools.setdefault(shared, KeyPool(target.provider, self._clock))
        lane = self._lanes.get((*shared, credential))
        if lane is None:
            lane = Lane(pool, Pace(rate))
            self._lanes[*shared, credential] = lane
            pool.lanes.append(lane)
        self._lanes[target.identity] = lane
        return lane

    def _weight(self, target: Target) -> int:
        tier = self._plans.find(target.tier)
        return 1 if tier is None else tier.weight

    def _busy(self, waiter: Waiter, places: Places) -> UpstreamBusy:
        """Say when to come back."""
        waits = {pool: pool.wait_of(waiter.agent, waiter.weight, lanes) for pool, lanes in places.items()}
        pool = min(waits, key=waits.__getitem__)
        seconds = max(waits[pool], 1.0)
        return UpstreamBusy(
            f"{pool.provider} limits how often the platform's keys may be used, and too many requests wait for them. "
            f"Try again in {seconds:.0f} s.",
            provider=pool.provider,
            code="managed_keys_busy",
            retry_after=seconds,
        )


def _returns(back: Turn | None) -> int:
    return 0 if back is None else back.returns + 1
