"""Gates over one store in memory, with a clock, books and outages that the test decides."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from typing_extensions import override

from tests.support.router_values import NOON, make_agent
from vutler_router.domain.agent import Agent
from vutler_router.domain.limits import Limits
from vutler_router.domain.llm import LlmSettings
from vutler_router.domain.plans import load_plans
from vutler_router.errors import LimitExceeded, StorageError
from vutler_router.fairuse.rules import LimitName
from vutler_router.fairuse.state_json import decode_use
from vutler_router.fairuse.state_store import InMemoryLimitStore, VersionedState
from vutler_router.fairuse.use import AgentUse
from vutler_router.metering.totals import Dimension, Sums, UsageTotal
from vutler_router.providers.model_request import ModelRequest
from vutler_router.providers.surfaces import Surface
from vutler_router.services.answering.exchange import Hold
from vutler_router.services.limiting.gate import LimitGate, Pace

__all__ = ["AVA", "Books", "Clock", "Gates", "Store", "agent", "request", "until"]

AVA = "team-a.ava"
PACE = Pace(lease=10, renewal=3, patience=0.2)


def agent(tier: str | None = None, **limits: object) -> Agent:
    """Return an agent with these limits."""
    return make_agent(AVA, llm=LlmSettings(tier=tier, limits=Limits(**limits)))  # type: ignore[arg-type]


def request(max_tokens: int = 6) -> ModelRequest:
    """Return a request that is expected to take four tokens more than its answer may have."""
    messages = [{"role": "user", "content": "x" * 16}]
    return ModelRequest.of(Surface.CHAT, {"messages": messages, "max_tokens": max_tokens})


async def until(true: Callable[[], bool], seconds: float = 2.0) -> None:
    """Wait for something; fail when it does not come."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come"
        await asyncio.sleep(0.005)


class Clock:
    """Stands still until told otherwise."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time

    def pass_by(self, seconds: float) -> None:
        """Go on."""
        self.time += timedelta(seconds=seconds)


class Store(InMemoryLimitStore):
    """A store that can be away, hang, or keep a write and not say so; it counts calls."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.mute = False
        self.free = asyncio.Event()
        self.free.set()
        self.reads = self.writes = 0

    @override
    async def read(self, agent_id: str) -> VersionedState | None:
        self.reads += 1
        await self._answer()
        return await super().read(agent_id)

    @override
    async def write(self, agent_id: str, text: str, expected_version: int | None) -> bool:
        self.writes += 1
        await self._answer()
        written = await super().write(agent_id, text, expected_version)
        if self.mute:
            raise StorageError("no answer")
        return written

    async def _answer(self) -> None:
        await asyncio.sleep(0)
        if self.away:
            raise StorageError("away")
        await self.free.wait()

    @property
    def use(self) -> AgentUse:
        """The agent's state as it is kept."""
        kept = self._states.get(AVA)
        return (decode_use(kept.text) if kept is not None else None) or AgentUse()


@dataclass
class Books:
    """What the books say of the month."""

    sums: Sums = field(default_factory=Sums)
    asked: list[tuple[date, date]] = field(default_factory=list)

    async def totals(
        self,
        by: Dimension,  # noqa: ARG002 - the port
        first: date,
        last: date,
        *,
        agent_id: str | None = None,
        workspace_id: str | None = None,  # noqa: ARG002 - the port
    ) -> Sequence[UsageTotal]:
        """See `UsageReader.totals`."""
        self.asked.append((first, last))
        return [UsageTotal(agent_id or "", self.sums)]


@dataclass
class Gates:
    """Makes gates and counts what they refuse."""

    store: Store = field(default_factory=Store)
    books: Books = field(default_factory=Books)
    clock: Clock = field(default_factory=Clock)
    refused: list[LimitName] = field(default_factory=list)
    made: int = 0

    def gate(self) -> LimitGate:
        """Make another process's gate."""
        self.made += 1
        return LimitGate(
            self.store,
            self.books,
            load_plans(),
            self.clock,
            holder=f"process-{self.made}",
            refused=self.refused.append,
            pace=PACE,
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[LimitGate]:
        """Run one for the life of the block."""
        gate = self.gate()
        async with gate.running():
            yield gate

    async def ask(self, gate: LimitGate, limited: Agent, requests: int = 1, max_tokens: int = 6) -> list[Hold]:
        """Ask so often at once and return what was admitted."""
        asked = (gate.admit(limited, request(max_tokens), f"req-{number}") for number in range(requests))
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException) and not isinstance(outcome, LimitExceeded):
                raise outcome
        return [outcome.hold for outcome in outcomes if not isinstance(outcome, BaseException)]
