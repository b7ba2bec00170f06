"""Failover over the platform's keys against a provider, in memory, that allows so many requests in any minute."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypedDict

from typing_extensions import Unpack

from tests.support.router_values import make_agent
from vutler_router.domain.plans import load_plans
from vutler_router.errors import InvalidRequest, UpstreamBusy, UpstreamError
from vutler_router.providers.count import Count
from vutler_router.providers.model_request import ModelRequest
from vutler_router.providers.surfaces import Surface
from vutler_router.providers.target import Target, build_target
from vutler_router.routing.breaker import Breakers
from vutler_router.services.answering.drains import Drains
from vutler_router.services.answering.exchange import Exchange
from vutler_router.services.answering.failover import Failover
from vutler_router.services.answering.pacing import KeyPacer
from vutler_router.services.answering.settling import Status
from vutler_router.settings import ProviderName

__all__ = ["Asked", "Bounds", "LimitedProvider", "Platform", "busy", "target"]

_REQUEST = ModelRequest.of(Surface.CHAT, {"messages": [{"role": "user", "content": "Hello"}]})
_START = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
_MINUTE = 60.0


def target(
    key: str = "first", *, model: str = "model", tier: str = "economy", provider: ProviderName = ProviderName.OPENAI
) -> Target:
    """Return a model on a key of the platform; an empty tier makes it a user's own."""
    return build_target(provider, model, key, overrides={}, tier=tier)


@dataclass
class Asked:
    """One request as the provider saw it."""

    agent: str
    model: str
    key: str
    at: float
    refused: bool


@dataclass
class LimitedProvider:
    """Answers after a moment, at most so many requests of a key in any minute.

    Attributes:
        per_minute: How many; None for no limit.
        seconds: How long an answer takes.
        refusing_seconds: How long a refusal takes.
        unable: Whether it cannot do what is asked for, so that nothing is sent.
        refusals: What is answered first whatever the rate, in order.
        retry_after: What a refusal says: None for nothing, else the seconds, by default the true ones.
    """

    per_minute: int | None = None
    seconds: float = 0.2
    refusing_seconds: float = 0.0
    unable: bool = False
    refusals: deque[UpstreamError] = field(default_factory=deque)
    retry_after: float | None = -1.0
    asked: list[Asked] = field(default_factory=list)
    _accepted: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    async def ask(self, exchange: Exchange, target: Target) -> str:
        """Answer with the key that was used."""
        if self.unable:
            raise InvalidRequest("cannot")
        exchange.attempts += 1
        now = asyncio.get_running_loop().time()
        error = self._refusal(target.key, now)
        self.asked.append(Asked(exchange.agent.id, target.model, target.key, now, error is not None))
        if error is not None:
            await asyncio.sleep(self.refusing_seconds)
            raise error
        await asyncio.sleep(self.seconds)
        return target.key

    def _refusal(self, key: str, now: float) -> UpstreamError | None:
        if self.refusals:
            return self.refusals.popleft()
        accepted = self._accepted[key]
        while accepted and accepted[0] <= now - _MINUTE:
            accepted.popleft()
        if self.per_minute is None or len(accepted) < self.per_minute:
            accepted.append(now)
            return None
        honest = accepted[0] + _MINUTE - now
        return busy(honest if self.retry_after == -1.0 else self.retry_after)


def busy(retry_after: float | None = None) -> UpstreamBusy:
    """Return a provider's refusal."""
    return UpstreamBusy("busy", provider="openai", upstream_status=429, retry_after=retry_after)


class Bounds(TypedDict, total=False):
    """How many may wait, see `KeyPacer`."""

    most: int
    most_of_one: int


class Waits:
    """Metrics that can be asked."""

    def __init__(self) -> None:
        self.waiting = 0
        self.waited: list[float] = []

    def queue_changed(self, provider: str, change: int) -> None:
        """Count."""
        assert provider in {"openai", "mistral"}
        self.waiting += change

    def queue_waited(self, provider: str, seconds: float) -> None:
        """Keep."""
        assert provider in {"openai", "mistral"}
        self.waited.append(seconds)


class Failures:
    """Keeps attempts that brought nothing."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def attempt_failed(self, target: Target, error: UpstreamError) -> None:
        """Keep one."""
        self.seen.append((target.key, error.code))


class Platform:
    """What stands between agents and the provider; made inside the running loop."""

    def __init__(self, provider: LimitedProvider, *, rpm: int | None = None, **bounds: Unpack[Bounds]) -> None:
        clock = asyncio.get_running_loop().time
        self.provider = provider
        self.waits = Waits()
        self.failures = Failures()
        self.breakers = Breakers(lambda: _START + timedelta(seconds=clock()))
        rates = {} if rpm is None else {ProviderName.OPENAI: rpm}
        self.pacer = KeyPacer(rates, load_plans(), self.waits, clock, **bounds)
        self.failover = Failover(
            self.breakers, Drains(_no_row), self.failures, self.pacer, clock, asyncio.sleep, lambda: 0.5
        )

    async def ask(self, agent: str, chain: Sequence[Target], *, seconds: float = 600.0) -> tuple[str, float]:
        """Ask; returns the key that answered and for how long its turn was waited for."""
        began = asyncio.get_running_loop().time()
        exchange = Exchange(make_agent(f"team-a.{agent}"), _REQUEST, "req", began, began + seconds)
        key, _ = await self.failover.first(exchange, chain, self.provider.ask, self.breakers.succeeded)
        return key, asyncio.get_running_loop().time() - began - self.provider.seconds

    async def keep_asking(self, agent: str, chain: Sequence[Target], until: float) -> list[float]:
        """Ask again and again until then; returns the waits of what was answered."""
        waits = []
        while asyncio.get_running_loop().time() < until:
            try:
                waits.append((await self.ask(agent, chain))[1])
            except UpstreamError as error:
                await asyncio.sleep(error.retry_after or 1.0)
        return waits

    async def ask_now_and_then(self, agent: str, chain: Sequence[Target], until: float, pause: float) -> list[float]:
        """Ask every so often; returns the waits, and fails where one was refused."""
        waits = []
        while asyncio.get_running_loop().time() < until:
            waits.append((await self.ask(agent, chain))[1])
            await asyncio.sleep(pause)
        return waits


async def _no_row(_exchange: Exchange, _target: Target, _status: Status, _count: Count) -> None:
    """Write nothing."""
