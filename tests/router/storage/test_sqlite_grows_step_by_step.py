import sqlite3
from contextlib import aclosing, closing
from dataclasses import replace
from pathlib import Path

from tests.support.router_values import NOON, make_agent, make_entry
from vutler_router.domain.breaker_store import BreakerRecord
from vutler_router.domain.money import Nanos
from vutler_router.domain.plans import PlanTerms
from vutler_router.domain.routing import RoutingRules
from vutler_router.domain.usage import TokenCounts
from vutler_router.metering.batches import Batch
from vutler_router.metering.totals import Dimension, Sums, UsageLine
from vutler_router.storage.sqlite import open_sqlite
from vutler_router.storage.sqlite.schema import _STEP_1, _STEP_2, _STEP_3, _STEP_4, _STEP_5

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


BROKEN_ROW = (
    "INSERT INTO token_usage VALUES ('broken', 'team-a.ava', 'team-a', 'openai', 'gpt-4o-mini', 'economy', 10, 5, 15,"
    " 2, 0, 1, 6, 8, 14, 30, 0, 7, 'chat', '', 'provider', 'error', '2026-11-18T11:30:00.000+00:00', 15, 100,"
    " 2000000000, '', 1, 'w/1')"
)
FIFTH_TOTALS = (
    "INSERT INTO usage_daily VALUES ('2026-11-18', 'team-a.ava', 'team-a', 'openai', 'gpt-4o-mini', 'economy', '',"
    " 'chat', 2, 90, 25, 115, 2, 1, 115, 9, 12, 21, 30, 1, 15, 1), ('2026-11-17', 'team-b.zoe', 'team-b', 'echo',"
    " 'echo', '', 'code', 'email', 9, 8, 7, 15, 6, 5, 0, 4, 3, 7, 2, 1, 0, 0)"
)
BEFORE = Sums(2, 90, 25, 115, 2, 1, 115, 15, 9, 12, 21, 30, 1, 1)


def write_fifth(path: Path) -> None:
    """Write a file as the router before routing did; its first row is one that the second router brought."""
    with closing(sqlite3.connect(path)) as database:
        for statement in (*_STEP_1, *_STEP_2, OLD_ROW, *_STEP_3, *_STEP_4, *_STEP_5, BROKEN_ROW, FIFTH_TOTALS):
            database.execute(statement)
        database.execute("PRAGMA user_version = 5")
        database.commit()


async def test_totals_that_the_fifth_router_added_up_are_kept_and_counted_on(tmp_path: Path) -> None:
    path, today = tmp_path / "router.db", NOON.date()
    write_fifth(path)
    new = replace(make_entry("new", tier="economy"), latency_ms=200, status="error", cost_strongest=50_000)
    async with aclosing(await open_sqlite(path)) as storage:
        by = (Dimension.AGENT, Dimension.DATE, Dimension.CATEGORY, Dimension.REQUEST_TYPE, Dimension.VARIANT)
        before = await storage.usage.lines(by, today.replace(day=1), today)
        differs = [line.differs for line in await storage.audit.day_lines(today)]

        await storage.ledger.append(Batch("w", 2, (new, replace(new, request_id="b", variant="b")), answered=2))

        after = await storage.usage.totals(Dimension.VARIANT, today, today)
        audited = await storage.audit.day_lines(today)
    assert before == [
        UsageLine(("team-a.ava", "2026-11-18", "", "chat", ""), BEFORE),
        UsageLine(("team-b.zoe", "2026-11-17", "code", "email", ""), Sums(9, 8, 7, 15, 6, 5, 0, 0, 4, 3, 7, 2, 1, 0)),
    ]
    assert [line.sums for line in after] == [BEFORE + Sums.of([new]), Sums.of([new])]
    assert differs == [False]
    assert [(line.rows, line.differs) for line in audited] == [(line.sums, False) for line in after]


async def test_rows_that_the_fifth_router_wrote_are_found(tmp_path: Path) -> None:
    path = tmp_path / "router.db"
    write_fifth(path)
    async with aclosing(await open_sqlite(path)) as storage:
        old, broken = await storage.rows.find("old"), await storage.rows.find("broken")

    assert old is not None
    assert broken is not None
    assert (old.tokens, old.latency_ms, old.terms, old.decision) == (TokenCounts(80, 20), 5, None, "")
    assert (broken.tokens, broken.status) == (TokenCounts(10, 5, 2, 0, 1, corrected=True), "error")
    assert (broken.overage_tokens, broken.terms) == (15, PlanTerms(100, Nanos(2_000_000_000)))
    assert (broken.variant, broken.cost_strongest, broken.classification_ms) == ("", 0, 0)


async def test_the_tables_have_their_indexes_again(tmp_path: Path) -> None:
    path, new = tmp_path / "router.db", tmp_path / "new.db"
    write_fifth(path)
    shapes = []
    for file in (path, new):
        await (await open_sqlite(file)).aclose()
        with closing(sqlite3.connect(file)) as database:
            shapes.append(
                database.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name").fetchall()
            )

    assert shapes[0] == shapes[1]
    assert {name for kind, name, table, _ in shapes[0] if kind == "index" and table == "usage_daily"} >= {
        "usage_daily_by_workspace",
        "usage_daily_by_day",
    }


async def test_rules_of_other_routers_are_read(tmp_path: Path) -> None:
    path = tmp_path / "router.db"
    async with aclosing(await open_sqlite(path)) as storage:
        with closing(sqlite3.connect(path)) as database:
            body = '{"colour": 1, "categories": [{"name": "legal", "shade": 2}]}'
            database.execute("INSERT INTO routing_rules VALUES (7, ?)", (body,))
            database.commit()

        found = await storage.routing.read()

    assert found.version == 7
    assert found.rules.categories[0].name == "legal"
    assert found.rules.mappings == RoutingRules().mappings


async def test_the_last_ten_versions_of_rules_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "router.db"
    async with aclosing(await open_sqlite(path)) as storage:
        for after in range(25):
            await storage.routing.write(RoutingRules(), after=after)
    with closing(sqlite3.connect(path)) as database:
        kept = [version for (version,) in database.execute("SELECT version FROM routing_rules ORDER BY version")]

    assert kept == list(range(16, 26))
