"""Books on SQLite, the services that read them, and three agents: on a small plan, on none, on a large one."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import pytest
from typing_extensions import override

from tests.router.services.conftest import Clock, World
from tests.support.router_values import NOON, make_agent, make_entry
from vutler_router.domain.llm import LlmSettings
from vutler_router.domain.plans import Plans, load_plans
from vutler_router.domain.usage import TokenCounts
from vutler_router.metering.batches import Batch
from vutler_router.metering.ledger import Entry
from vutler_router.metering.totals import CrossReader, Dimension, UsageLine, UsageTotal
from vutler_router.services.directory import AgentDirectory
from vutler_router.services.usage.reports import UsageService
from vutler_router.services.usage.statements import StatementService
from vutler_router.storage import Storage
from vutler_router.storage.sqlite import open_sqlite

AVA, BOB, ZOE = "team-a.ava", "team-a.bob", "team-b.zoe"
PLANS = load_plans()


@dataclass
class Question:
    """What was asked of the reader."""

    by: tuple[Dimension, ...]
    first: date
    last: date


@dataclass
class WatchedReader(CrossReader):
    """Hands every question on and remembers it."""

    reader: CrossReader
    asked: list[Question] = field(default_factory=list)

    @override
    async def totals(
        self, by: Dimension, first: date, last: date, *, agent_id: str | None = None, workspace_id: str | None = None
    ) -> Sequence[UsageTotal]:
        self.asked.append(Question((by,), first, last))
        return await self.reader.totals(by, first, last, agent_id=agent_id, workspace_id=workspace_id)

    @override
    async def lines(
        self,
        by: Sequence[Dimension],
        first: date,
        last: date,
        *,
        agent_id: str | None = None,
        workspace_id: str | None = None,
    ) -> Sequence[UsageLine]:
        self.asked.append(Question(tuple(by), first, last))
        return await self.reader.lines(by, first, last, agent_id=agent_id, workspace_id=workspace_id)


@dataclass
class Books:
    """The services over one database.

    Attributes:
        reader: What they ask.
        plans: What is on sale to those who ask from now on.
    """

    storage: Storage
    directory: AgentDirectory
    clock: Clock
    reader: WatchedReader
    plans: Plans = PLANS
    batches: int = 0

    @property
    def usage(self) -> UsageService:
        return UsageService(self.reader, self.directory, self.plans, self.clock)

    @property
    def statements(self) -> StatementService:
        return StatementService(self.reader, self.storage.statements, self.directory, self.plans, self.clock)

    async def write(self, *entries: Entry) -> None:
        self.batches += 1
        await self.storage.ledger.append(Batch("writer", self.batches, entries))

    def assign(self, agent_id: str, tier: str | None) -> None:
        self.directory.put(make_agent(agent_id, llm=None if tier is None else LlmSettings(tier=tier)))


def planned(
    request_id: str,
    tokens: int,
    *,
    tier: str = "economy",
    agent_id: str = AVA,
    at: datetime = NOON,
    plans: Plans = PLANS,
) -> Entry:
    """Return the row of an answer that a plan gave."""
    row = make_entry(
        request_id,
        agent_id=agent_id,
        workspace_id=agent_id.partition(".")[0],
        tier=tier,
        tokens=TokenCounts(tokens, 0),
        timestamp=at,
    )
    return replace(row, terms=plans.get(tier).terms)


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    opened = await open_sqlite(tmp_path / "router.db")
    yield opened
    await opened.aclose()


@pytest.fixture
def books(world: World, storage: Storage) -> Books:
    opened = Books(storage, world.directory, world.clock, WatchedReader(storage.usage))
    for agent_id, tier in ((AVA, "economy"), (BOB, None), (ZOE, "premium")):
        opened.assign(agent_id, tier)
    return opened
