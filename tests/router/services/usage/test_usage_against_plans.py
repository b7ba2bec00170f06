from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.router.services.usage.conftest import AVA, BOB, ZOE, Books, planned
from tests.support.router_values import NOON, make_agent, make_entry
from vutler_router.domain.limits import Limits, OnExceeded
from vutler_router.domain.llm import LlmSettings
from vutler_router.domain.usage import TokenCounts
from vutler_router.errors import InvalidRequest, NotFound
from vutler_router.metering.ledger import RequestType
from vutler_router.services.usage.periods import AskedPeriod

DAY, WEEK, MONTH = (AskedPeriod(name) for name in ("day", "week", "month"))
MONDAY = NOON - timedelta(days=2)
LAST_MONTH = datetime(2026, 10, 31, 23, 59, 59, 999_999, tzinfo=UTC)


async def of_agent(books: Books, asked: AskedPeriod = MONTH, agent_id: str = AVA) -> dict[str, Any]:
    return await books.usage.of_agent(agent_id, asked)


async def summary(books: Books, asked: AskedPeriod = MONTH, workspace_id: str | None = None) -> dict[str, Any]:
    return await books.usage.summary(asked, workspace_id=workspace_id)


async def test_an_unused_agent_has_zeros(books: Books) -> None:
    shown = await of_agent(books, DAY, BOB)

    zeros = {
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
        "cost_estimated": 0,
        "saved": 0,
        "classification_cost": 0,
        "classification_ms": 0,
        "latency_ms": 0,
        "requests_failed": 0,
        "requests_unpriced": 0,
        "requests_corrected": 0,
    }
    assert shown == {
        "agent_id": BOB,
        "workspace_id": "team-a",
        "display_name": "Ava",
        "tier": None,
        "period": "day",
        "from": "2026-11-18T00:00:00+00:00",
        "to": "2026-11-19T00:00:00+00:00",
        **zeros,
        "by_date": [{"date": "2026-11-18", **zeros, "overage_tokens": 0}],
        "by_model": [],
        "by_category": [],
        "by_request_type": [],
        "plan_month": "2026-11",
        "included_tokens": 0,
        "percent": 0.0,
        "overage_tokens": 0,
        "fair_use": {"state": "Within", "percent": 0.0, "reason": "", "action": "Log"},
        "forecast": {
            "tokens_total": 0,
            "cost_total": 0,
            "overage_tokens": 0,
            "price_total": 0,
            "date_exceeded": None,
        },
    }


async def test_totals_and_breakdowns_agree(books: Books) -> None:
    await books.write(
        make_entry("1", timestamp=MONDAY),
        replace(make_entry("2", model="gpt-4o", category="code"), request_type=RequestType.EMAIL),
        make_entry("3", agent_id=BOB),
    )

    shown = await of_agent(books)

    assert (shown["requests"], shown["tokens_total"], shown["cost_total"]) == (2, 240, 0.000054)
    assert [line["model"] for line in shown["by_model"]] == ["gpt-4o", "gpt-4o-mini"]
    assert [line["provider"] for line in shown["by_model"]] == ["openai", "openai"]
    assert [line["category"] for line in shown["by_category"]] == ["", "code"]
    assert [line["request_type"] for line in shown["by_request_type"]] == ["chat", "email"]
    assert [line["date"] for line in shown["by_date"] if line["requests"]] == ["2026-11-16", "2026-11-18"]
    for name in ("by_model", "by_date", "by_category", "by_request_type"):
        for figure in ("requests", "tokens_total"):
            assert sum(line[figure] for line in shown[name]) == shown[figure], name


async def test_every_day_up_to_today_has_a_line_used_or_not(books: Books) -> None:
    await books.write(make_entry("1", timestamp=MONDAY))

    week, month = await of_agent(books, WEEK), await of_agent(books, MONTH)

    assert [(line["date"], line["requests"]) for line in week["by_date"]] == [
        ("2026-11-16", 1),
        ("2026-11-17", 0),
        ("2026-11-18", 0),
    ]
    assert [line["date"] for line in month["by_date"]] == [f"2026-11-{day:02}" for day in range(1, 19)]


async def test_a_row_of_a_clock_that_is_ahead_is_shown_with_its_day(books: Books) -> None:
    await books.write(make_entry("1", timestamp=NOON + timedelta(days=2)))

    shown = await of_agent(books, WEEK)

    assert [line["date"] for line in shown["by_date"]] == ["2026-11-16", "2026-11-17", "2026-11-18", "2026-11-20"]
    assert shown["requests"] == 1


@pytest.mark.parametrize(("asked", "requests"), [(DAY, 1), (WEEK, 2), (MONTH, 3)])
async def test_periods_are_calendar_days_weeks_and_months_in_utc(
    books: Books, asked: AskedPeriod, requests: int
) -> None:
    await books.write(
        make_entry("today", timestamp=NOON.replace(hour=0)),
        make_entry("monday", timestamp=MONDAY.replace(hour=0)),
        make_entry("sunday", timestamp=MONDAY.replace(hour=0) - timedelta(microseconds=1)),
        make_entry("last month", timestamp=LAST_MONTH),
    )

    assert (await of_agent(books, asked))["requests"] == requests
    assert (await summary(books, asked))["requests"] == requests


async def test_the_last_millisecond_of_a_day_belongs_to_it(books: Books) -> None:
    end = datetime(2028, 2, 29, 23, 59, 59, 999_000, tzinfo=UTC)
    await books.write(make_entry("leap day", timestamp=end), make_entry("march", timestamp=end + timedelta(seconds=1)))

    books.clock.time = end
    last_day, month = await of_agent(books, DAY), await of_agent(books, MONTH)
    books.clock.time = end + timedelta(milliseconds=1)
    first_day = await of_agent(books, DAY)

    assert (last_day["from"], last_day["to"], last_day["requests"]) == (
        "2028-02-29T00:00:00+00:00",
        "2028-03-01T00:00:00+00:00",
        1,
    )
    assert (month["to"], month["requests"], len(month["by_date"])) == ("2028-03-01T00:00:00+00:00", 1, 29)
    assert (first_day["from"], first_day["requests"]) == ("2028-03-01T00:00:00+00:00", 1)


async def test_a_week_goes_on_over_new_year(books: Books) -> None:
    books.clock.time = datetime(2027, 1, 1, 0, 0, tzinfo=UTC)
    await books.write(
        make_entry("monday", timestamp=datetime(2026, 12, 28, tzinfo=UTC)),
        make_entry("new year", timestamp=books.clock.time),
        make_entry("sunday before", timestamp=datetime(2026, 12, 27, 23, 59, 59, tzinfo=UTC)),
    )

    shown = await of_agent(books, WEEK)

    assert (shown["from"][:10], shown["to"][:10], shown["requests"]) == ("2026-12-28", "2027-01-04", 2)
    assert [line["date"] for line in shown["by_date"]][-2:] == ["2026-12-31", "2027-01-01"]
    assert shown["plan_month"] == "2027-01"


async def test_a_week_that_ends_next_year_is_judged_by_the_month_that_is_now(books: Books) -> None:
    books.clock.time = datetime(2026, 12, 30, tzinfo=UTC)
    await books.write(planned("1", 2_000_000, at=datetime(2026, 12, 1, tzinfo=UTC)))

    shown = await of_agent(books, WEEK)

    assert (shown["to"][:10], shown["requests"], shown["plan_month"]) == ("2027-01-04", 0, "2026-12")
    assert shown["percent"] == 100.0


async def test_any_days_may_be_asked_for(books: Books) -> None:
    await books.write(
        make_entry("1", timestamp=datetime(2026, 10, 30, tzinfo=UTC)),
        make_entry("2", timestamp=datetime(2026, 11, 2, 23, 59, 59, tzinfo=UTC)),
        make_entry("3", timestamp=datetime(2026, 11, 3, tzinfo=UTC)),
    )

    shown = await of_agent(books, AskedPeriod(first="2026-10-30", last="2026-11-02"))

    assert (shown["period"], shown["requests"]) == ("custom", 2)
    assert (shown["from"], shown["to"]) == ("2026-10-30T00:00:00+00:00", "2026-11-03T00:00:00+00:00")
    assert [line["requests"] for line in shown["by_date"]] == [1, 0, 0, 1]


async def test_the_plans_share_is_that_of_the_month_whatever_the_period(books: Books) -> None:
    await books.write(
        planned("1", 2_500_000, at=MONDAY),
        make_entry("own key", tokens=TokenCounts(9_000_000, 0)),
    )

    shown = await of_agent(books, DAY)

    assert (shown["included_tokens"], shown["percent"], shown["overage_tokens"]) == (2_000_000, 125.0, 500_000)
    assert (shown["tokens_total"], shown["price_total"]) == (9_000_000, 0)
    assert shown["fair_use"] == {"state": "Exceeded", "percent": 125.0, "reason": "plan", "action": "Log"}


async def test_a_hundred_per_cent_is_shown_only_when_the_plan_is_used_up(books: Books) -> None:
    await books.write(planned("1", 1_999_999))
    almost = (await of_agent(books))["percent"]
    await books.write(planned("2", 1))

    assert (almost, (await of_agent(books))["percent"]) == (99.9, 100.0)


async def test_a_past_month_has_its_own_share_and_the_present_one_its_forecast(books: Books) -> None:
    await books.write(planned("october", 2_100_000, at=LAST_MONTH), planned("november", 1_000_000))

    shown = await of_agent(books, AskedPeriod("month", date="2026-10-05"))

    assert (shown["plan_month"], shown["percent"], shown["overage_tokens"]) == ("2026-10", 105.0, 100_000)
    assert shown["price_total"] == 0.2
    assert shown["fair_use"]["percent"] == 50.0
    assert shown["forecast"]["tokens_total"] > 1_000_000


async def test_after_a_change_of_plan_overage_is_what_each_answer_was_judged_to_be(books: Books) -> None:
    await books.write(planned("1", 2_500_000, at=MONDAY))
    books.assign(AVA, "standard")
    await books.write(planned("2", 500_000, tier="standard"))

    shown = await of_agent(books)

    assert (shown["included_tokens"], shown["percent"]) == (5_000_000, 60.0)
    assert (shown["overage_tokens"], shown["price_total"]) == (500_000, 1.0)
    assert shown["fair_use"]["state"] == "Within"


@pytest.mark.parametrize(
    ("used", "state", "percent"),
    [(799, "Within", 79.9), (800, "Nearly", 80.0), (999, "Nearly", 99.9), (1_000, "Exceeded", 100.0)],
)
async def test_fair_use_tells_how_near_the_limit_is(books: Books, used: int, state: str, percent: float) -> None:
    limits = Limits(monthly_tokens=1_000, concurrency=3, on_exceeded=OnExceeded.BLOCK)
    books.directory.put(make_agent(AVA, llm=LlmSettings(limits=limits)))
    await books.write(make_entry("1", tokens=TokenCounts(used, 0)))

    shown = await of_agent(books)

    assert shown["fair_use"] == {"state": state, "percent": percent, "reason": "monthlyTokens", "action": "Block"}
    assert shown["limits"] == {"monthlyTokens": 1_000, "concurrency": 3, "onExceeded": "Block"}


async def test_what_has_no_price_and_what_was_corrected_is_flagged(books: Books) -> None:
    await books.write(
        make_entry("1", model="unheard-of", priced=False, cost_input=0, cost_output=0),
        make_entry("2", tokens=TokenCounts(-5, 20).clamped()),
        make_entry("3", tokens=TokenCounts(5, 20, cached_read=6).clamped()),
    )

    shown = await of_agent(books)

    assert (shown["requests_unpriced"], shown["requests_corrected"]) == (1, 2)
    assert [(line["model"], line["priced"], line["requests_unpriced"]) for line in shown["by_model"]] == [
        ("gpt-4o-mini", True, 0),
        ("unheard-of", False, 1),
    ]


async def test_the_summary_lists_every_agent_used_or_not(books: Books) -> None:
    gone = "team-b.gone"
    await books.write(
        planned("1", 2_100_000),
        make_entry("2", agent_id=gone, workspace_id="team-b", timestamp=MONDAY),
    )

    shown, today = await summary(books), await summary(books, DAY)

    agents = {line["agent_id"]: line for line in shown["agents"]}
    assert list(agents) == [AVA, BOB, gone, ZOE]
    assert [line["agent_id"] for line in today["agents"]] == [AVA, BOB, gone, ZOE]
    assert (agents[AVA]["percent"], agents[AVA]["overage_tokens"], agents[AVA]["price_total"]) == (105.0, 100_000, 0.2)
    assert (agents[AVA]["display_name"], agents[AVA]["tier"], agents[AVA]["fair_use"]["state"]) == (
        "Ava",
        "economy",
        "Exceeded",
    )
    assert (agents[gone]["requests"], agents[gone]["display_name"], agents[gone]["tier"]) == (1, None, None)
    assert (agents[gone]["forecast"]["tokens_total"], agents[gone]["fair_use"]["state"]) == (120, "Within")
    assert (shown["requests"], shown["included_tokens"], shown["overage_tokens"]) == (2, 12_000_000, 100_000)


async def test_the_summary_adds_up(books: Books) -> None:
    await books.write(
        planned("1", 2_100_000),
        planned("2", 11_000_000, tier="premium", agent_id=ZOE, at=MONDAY),
        make_entry("3", agent_id=BOB),
    )

    shown = await summary(books)

    for figure in ("requests", "tokens_total", "cost_total", "price_total", "included_tokens", "overage_tokens"):
        assert sum(line[figure] for line in shown["agents"]) == pytest.approx(shown[figure]), figure
    for figure in ("tokens_total", "overage_tokens"):
        assert sum(line["forecast"][figure] for line in shown["agents"]) == shown["forecast"][figure]
    for name in ("by_model", "by_date", "by_category", "by_request_type"):
        assert sum(line["tokens_total"] for line in shown[name]) == shown["tokens_total"], name


async def test_the_number_of_questions_does_not_grow_with_the_agents(books: Books) -> None:
    await summary(books, DAY)
    few = len(books.reader.asked)
    await books.write(*(make_entry(f"{n}", agent_id=f"team-a.agent-{n}") for n in range(50)))
    books.reader.asked.clear()

    shown = await summary(books, DAY)

    assert (len(shown["agents"]), len(books.reader.asked)) == (53, few)
    assert few <= 3


async def test_a_workspace_sees_only_its_own(books: Books) -> None:
    await books.write(make_entry("1"), make_entry("2", agent_id=ZOE, workspace_id="team-b"))

    shown = await summary(books, WEEK, "team-b")

    assert [line["agent_id"] for line in shown["agents"]] == [ZOE]
    assert (shown["requests"], shown["workspace_id"]) == (1, "team-b")


async def test_an_unknown_agent_or_period_is_refused(books: Books) -> None:
    with pytest.raises(NotFound):
        await of_agent(books, MONTH, "team-a.nobody")
    with pytest.raises(InvalidRequest, match="day, week, month"):
        await of_agent(books, AskedPeriod("year"))
