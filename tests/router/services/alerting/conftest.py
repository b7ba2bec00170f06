"""A ledger in SQLite, alerts that can be away, and router processes that share both."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from typing_extensions import override

from tests.router.services.conftest import World
from vutler_router.domain.alert_store import Alert, InMemoryAlertStore
from vutler_router.domain.plans import load_plans
from vutler_router.errors import StorageError
from vutler_router.metering.batches import Batch
from vutler_router.metering.ledger import Entry
from vutler_router.metering.totals import Dimension, UsageReader, UsageTotal
from vutler_router.services.alerting.metrics import AlertMetrics
from vutler_router.services.alerting.month_use import MonthUse
from vutler_router.services.alerting.watch import AlertWatch
from vutler_router.services.answering.metrics import RequestMetrics
from vutler_router.storage import Storage
from vutler_router.storage.sqlite import open_sqlite

_DEADLINE = 5.0


class Alerts(InMemoryAlertStore):
    """A store that can be away, and counts what it was asked to write."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.added = 0

    @override
    async def add_new(self, alerts: Sequence[Alert]) -> Sequence[Alert]:
        if self.away:
            raise StorageError("away")
        self.added += len(alerts)
        return await super().add_new(alerts)

    async def ids(self, month: str = "2026-11") -> list[str]:
        return sorted(alert.id for alert in await self.of_month(month))


@dataclass
class CountingReader:
    """Day totals, with a list of what was asked for."""

    reader: UsageReader
    asked: list[str | None] = field(default_factory=list)

    async def totals(
        self, by: Dimension, first: date, last: date, *, agent_id: str | None = None, workspace_id: str | None = None
    ) -> Sequence[UsageTotal]:
        self.asked.append(agent_id)
        return await self.reader.totals(by, first, last, agent_id=agent_id, workspace_id=workspace_id)


class Replica:
    """The watching part of one router process."""

    def __init__(self, world: World, storage: Storage, alerts: Alerts) -> None:
        self.metrics = RequestMetrics()
        self.reader = CountingReader(storage.usage)
        self.rung = 0
        self._storage = storage
        self._batches = 0
        self.watch = AlertWatch(
            MonthUse(self.reader, world.directory, load_plans()),
            alerts,
            AlertMetrics(self.metrics),
            world.clock,
            thresholds=(80, 100),
            on_raised=self._note,
            interval=0.01,
        )

    async def use(self, *entries: Entry) -> None:
        """Write rows as the ledger does."""
        self._batches += 1
        await self._storage.ledger.append(Batch(f"writer-{id(self)}", self._batches, entries))
        self.watch.written(entries)

    def count(self, name: str) -> float:
        """Return a metric's value, summed over its labels."""
        lines = self.metrics.exposition().decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.partition("{")[0].split(" ")[0] == name)

    def _note(self) -> None:
        self.rung += 1


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    opened = await open_sqlite(tmp_path / "router.db")
    yield opened
    await opened.aclose()


@pytest.fixture
def alerts() -> Alerts:
    return Alerts()


@pytest.fixture
def new_replica(world: World, storage: Storage, alerts: Alerts) -> Callable[[], Replica]:
    return lambda: Replica(world, storage, alerts)


@pytest.fixture
def replica(new_replica: Callable[[], Replica]) -> Replica:
    return new_replica()


async def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(_DEADLINE):
        while not holds():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.01)
