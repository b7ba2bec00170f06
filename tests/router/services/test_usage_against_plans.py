from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.router.services.conftest import World
from tests.support.router_values import NOON, make_agent, make_entry
from vutler_router.domain.llm import LlmSettings
from vutler_router.domain.plans import load_plans
from vutler_router.domain.usage import TokenCounts
from vutler_router.errors import InvalidRequest, NotFound
from vutler_router.metering.batches import Batch
from vutler_router.metering.ledger import Entry
from vutler_router.services.periods import Period, PeriodName
from vutler_router.services.usage import UsageService
from vutler_router.storage import Storage
from vutler_router.storage.sqlite import open_sqlite

DAY, WEEK, MONTH = PeriodName.DAY, PeriodName.WEEK, PeriodName.MONTH
MONDAY = NOON - timedelta(days=2)
LAST_MONTH = datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC)


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    opened = await open_sqlite(tmp_path / "router.db")
    yield opened
    await opened.aclose()


@pytest.fixture
async def usage(world: World, storage: Storage) -> UsageService:
    world.directory.put(make_agent("team-a.ava", llm=LlmSettings(tier="economy")))
    world.directory.put(make_agent("team-a.bob"))
    world.directory.put(make_agent("team-b.zoe", llm=LlmSettings(tier="premium")))
    return UsageService(storage.usage, world.directory, load_plans(), world.clock)


async def used(storage: Storage, *entries: Entry) -> None:
    await storage.ledger.append(Batch("writer", 1, entries))


async def test_an_unused_agent_has_zeros(usage: UsageService) -> None:
    shown = await usage.of_agent("team-a.bob", MONTH)

    assert shown == {
        "agent_id": "team-a.bob",
        "workspace_id": "team-a",
        "tier": None,
        "period": "month",
        "from": "2026-11-01T00:00:00+00:00",
        "to": "2026-12-01T00:00:00+00:00",
        "requests": 0,
        "tokens_input": 0,
        "tokens_output": 0,
        "tokens_total": 0,
        "tokens_cached": 0,
        "tokens_reasoning": 0,
        "cost_input": 0,
        "cost_output": 0,
        "cost_total": 0,
        "price_total": 0,
        "requests_unpriced": 0,
        "by_model": [],
        "by_date": [],
        "by_category": [],
        "included_tokens": 0,
        "percent": 0.0,
        "overage_tokens": 0,
        "forecast": {"tokens_total": 0, "cost_total": 0, "overage_tokens": 0},
    }


async def test_totals_and_breakdowns_agree(usage: UsageService, storage: Storage) -> None:
    await used(
        storage,
        make_entry("1", timestamp=MONDAY),
        make_entry("2", model="gpt-4o", category="code"),
        make_entry("3", agent_id="team-a.bob"),
    )

    shown = await usage.of_agent("team-a.ava", MONTH)

    assert (shown["requests"], shown["tokens_total"], shown["cost_total"]) == (2, 240, 0.000054)
    lines = {name: shown[name] for name in ("by_model", "by_date", "by_category")}
    found = {name: [sorted(line.items()) for line in lines[name]] for name in lines}  # type: ignore[attr-defined] # JSON
    assert [dict(line)["model"] for line in found["by_model"]] == ["gpt-4o", "gpt-4o-mini"]
    assert [dict(line)["date"] for line in found["by_date"]] == ["2026-11-16", "2026-11-18"]
    assert [dict(line)["category"] for line in found["by_category"]] == ["", "code"]
    for breakdown in found.values():
        assert sum(dict(line)["tokens_total"] for line in breakdown) == 240


@pytest.mark.parametrize(("period", "requests"), [(DAY, 1), (WEEK, 2), (MONTH, 3)])
async def test_periods_are_calendar_days_weeks_and_months_in_utc(
    usage: UsageService, storage: Storage, period: PeriodName, requests: int
) -> None:
    await used(
        storage,
        make_entry("today", timestamp=NOON.replace(hour=0)),
        make_entry("monday", timestamp=MONDAY.replace(hour=0)),
        make_entry("sunday", timestamp=MONDAY.replace(hour=0) - timedelta(microseconds=1)),
        make_entry("last month", timestamp=LAST_MONTH),
    )

    assert (await usage.of_agent("team-a.ava", period))["requests"] == requests


async def test_the_plans_share_is_always_that_of_the_month(usage: UsageService, storage: Storage) -> None:
    await used(
        storage,
        make_entry("1", timestamp=MONDAY, tier="economy", tokens=TokenCounts(1_500_000, 1_000_000)),
        make_entry("own key", tokens=TokenCounts(9_000_000, 0)),
    )

    shown = await usage.of_agent("team-a.ava", DAY)

    assert (shown["included_tokens"], shown["percent"], shown["overage_tokens"]) == (2_000_000, 125.0, 500_000)
    assert shown["tokens_total"] == 9_000_000


async def test_the_forecast_goes_on_at_the_same_pace(usage: UsageService, storage: Storage, world: World) -> None:
    world.clock.time = datetime(2026, 11, 11, tzinfo=UTC)
    await used(
        storage,
        make_entry("1", timestamp=world.clock.time - timedelta(days=1), tier="economy", tokens=TokenCounts(900_000, 0)),
    )

    shown = await usage.of_agent("team-a.ava", MONTH)

    assert shown["forecast"] == {"tokens_total": 2_700_000, "cost_total": 0.000081, "overage_tokens": 700_000}


async def test_the_summary_lists_every_agent_used_or_not(usage: UsageService, storage: Storage) -> None:
    await used(
        storage,
        make_entry("1", tier="economy", tokens=TokenCounts(2_100_000, 0)),
        make_entry("2", agent_id="team-b.gone", workspace_id="team-b"),
    )

    shown = await usage.summary(MONTH)

    agents = {line["agent_id"]: line for line in shown["agents"]}  # type: ignore[attr-defined] # JSON
    assert list(agents) == ["team-a.ava", "team-a.bob", "team-b.gone", "team-b.zoe"]
    assert (agents["team-a.ava"]["percent"], agents["team-a.ava"]["overage_tokens"]) == (105.0, 100_000)
    assert agents["team-b.gone"]["requests"] == 1
    assert (shown["requests"], shown["included_tokens"], shown["overage_tokens"]) == (2, 12_000_000, 100_000)


async def test_a_workspace_sees_only_its_own(usage: UsageService, storage: Storage) -> None:
    await used(storage, make_entry("1"), make_entry("2", agent_id="team-b.zoe", workspace_id="team-b"))

    shown = await usage.summary(WEEK, workspace_id="team-b")

    assert [line["agent_id"] for line in shown["agents"]] == ["team-b.zoe"]  # type: ignore[attr-defined] # JSON
    assert (shown["requests"], shown["workspace_id"]) == (1, "team-b")


async def test_an_unknown_agent_or_period_is_refused(usage: UsageService) -> None:
    with pytest.raises(NotFound):
        await usage.of_agent("team-a.nobody", MONTH)
    with pytest.raises(InvalidRequest, match="day, week, month"):
        PeriodName.parse("year")


@pytest.mark.parametrize(
    ("name", "now", "first", "last"),
    [
        (MONTH, "2026-12-31T23:59:59+00:00", "2026-12-01", "2026-12-31"),
        (MONTH, "2027-01-01T00:30:00+01:00", "2026-12-01", "2026-12-31"),
        (MONTH, "2028-02-10T00:00:00+00:00", "2028-02-01", "2028-02-29"),
        (WEEK, "2027-01-01T12:00:00+00:00", "2026-12-28", "2027-01-03"),
        (DAY, "2026-11-18T23:30:00-02:00", "2026-11-19", "2026-11-19"),
    ],
)
def test_periods_end_where_the_calendar_says(name: PeriodName, now: str, first: str, last: str) -> None:
    period = Period.around(name, datetime.fromisoformat(now))

    assert (period.first.isoformat(), period.last.isoformat()) == (first, last)
