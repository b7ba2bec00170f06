import sqlite3
from contextlib import aclosing, closing
from pathlib import Path

from tests.support.router_values import NOON, make_agent, make_entry
from vutler_router.domain.breaker_store import BreakerRecord
from vutler_router.domain.money import Nanos
from vutler_router.domain.plans import PlanTerms
from vutler_router.metering.batches import Batch
from vutler_router.metering.totals import Dimension
from vutler_router.storage.sqlite import open_sqlite
from vutler_router.storage.sqlite.schema import _STEP_1, _STEP_2

CLOSED = BreakerRecord("openai", "gpt-4o-mini", "0123456789abcdef", NOON)


async def test_a_file_of_the_first_router_learns_of_breakers_and_keeps_its_agents(tmp_path: Path) -> None:
    path = tmp_path / "router.db"
    with closing(sqlite3.connect(path)) as database:
        for statement in _STEP_1:
            database.execute(statement)
        database.execute("PRAGMA user_version = 1")
        database.commit()
    storage = await open_sqlite(path)
    await storage.agents.add(make_agent())
    await storage.aclose()

    again = await open_sqlite(path)
    await again.breakers.put([CLOSED])
    found = (await again.agents.get("team-a.ava"), [record async for record in again.breakers.records()])
    await again.aclose()

    assert found == (make_agent(), [CLOSED])


OLD_ROW = (
    "INSERT INTO token_usage VALUES ('old', 'team-a.ava', 'team-a', 'openai', 'gpt-4o-mini', 'economy', 80, 20, 100,"
    " 0, 0, 0, 3, 4, 7, 0, 1, 5, 'chat', '', 'provider', 'ok', '2026-11-18T11:00:00.000+00:00')"
)
OLD_TOTAL = (
    "INSERT INTO usage_daily VALUES ('2026-11-18', 'team-a.ava', 'team-a', 'openai', 'gpt-4o-mini', 'economy', '',"
    " 'chat', 1, 80, 20, 100, 0, 0, 100, 3, 4, 7, 0, 0)"
)


async def test_use_that_the_second_router_counted_is_counted_on(tmp_path: Path) -> None:
    path, today = tmp_path / "router.db", NOON.date()
    with closing(sqlite3.connect(path)) as database:
        for statement in (*_STEP_1, *_STEP_2, OLD_ROW, OLD_TOTAL):
            database.execute(statement)
        database.execute("PRAGMA user_version = 2")
        database.commit()
    terms = PlanTerms(included_tokens=150, overage_per_million=Nanos(2_000_000_000))
    async with aclosing(await open_sqlite(path)) as storage:
        found = await storage.overages.month_tokens(["team-a.ava"], "2026-11")

        await storage.ledger.append(Batch("w", 1, (make_entry("new", tier="economy", terms=terms),), answered=1))

        (total,) = await storage.usage.totals(Dimension.AGENT, today, today)
        (record,) = await storage.overages.overages("2026-11")
        (day,), (month,) = await storage.audit.day_lines(today), await storage.audit.month_lines("2026-11")
    assert found == {"team-a.ava": 100}
    assert (total.sums.requests, total.sums.plan_tokens, total.sums.overage_tokens) == (2, 220, 70)
    assert (record.tokens, record.price) == (70, 140_000)
    assert (day.differs, month.differs) == (False, False)
