from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.router.services.usage.conftest import AVA, ZOE, Books, planned
from tests.support.router_values import make_entry
from vutler_router.domain.money import Nanos
from vutler_router.domain.plans import PlanTerms
from vutler_router.domain.usage import TokenCounts
from vutler_router.metering.totals import Sums
from vutler_router.services.usage.forecasts import Forecast, MonthCourse, forecast, no_more
from vutler_router.services.usage.periods import AskedPeriod

TERMS = PlanTerms(included_tokens=2_000_000, overage_per_million=Nanos(2 * 10**9))
MONTH = AskedPeriod()
AMOUNTS = st.integers(0, 10**12)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy wants naive bounds


def at(day: int, hour: int = 0, minute: int = 0) -> MonthCourse:
    """Return November's course on this day; it has thirty days."""
    return MonthCourse.at(datetime(2026, 11, day, hour, minute, tzinfo=UTC))


def use(tokens: int, **amounts: int) -> Sums:
    return Sums(requests=1, tokens_total=tokens, plan_tokens=tokens, cost_total=tokens, **amounts)


def test_a_month_goes_on_at_the_pace_it_had() -> None:
    found = forecast(at(11), use(900_000), Sums(), TERMS)

    assert found == Forecast(2_700_000, 2_700_000, 700_000, 1_400_000_000, date(2026, 11, 23))


def test_without_a_plan_nothing_can_be_passed() -> None:
    found = forecast(at(11), use(900_000), Sums(), None)

    assert (found.tokens_total, found.overage_tokens, found.price_total, found.date_exceeded) == (2_700_000, 0, 0, None)


def test_a_plan_that_lasts_is_passed_on_no_day() -> None:
    assert forecast(at(16), use(1_000_000), Sums(), TERMS).date_exceeded is None
    assert forecast(at(16), use(1_000_010), Sums(), TERMS).date_exceeded == date(2026, 11, 30)


def test_a_plan_that_is_used_up_is_passed_no_more() -> None:
    found = forecast(at(11), use(3_000_000, overage_tokens=1_000_000, price_total=2 * 10**9), Sums(), TERMS)

    assert found.date_exceeded is None
    assert (found.overage_tokens, found.price_total) == (7_000_000, 14 * 10**9)


def test_a_burst_in_the_first_hour_is_not_taken_for_the_whole_month() -> None:
    found = forecast(at(1, minute=20), use(100_000), Sums(), TERMS)

    assert found.tokens_total < 31 * 100_000


def test_an_agent_without_a_past_is_judged_by_this_month_alone() -> None:
    assert forecast(at(3), use(200_000), Sums(), TERMS).tokens_total == 30 * 100_000


def test_a_quiet_first_night_does_not_make_a_busy_agent_idle() -> None:
    course = at(1, hour=6)
    last_week = use(700_000)

    found = forecast(course, Sums(), last_week, TERMS)

    assert course.before is not None
    assert (course.before.first, course.before.last) == (date(2026, 10, 25), date(2026, 10, 31))
    assert found.tokens_total == pytest.approx(30 * 100_000, rel=0.05)
    assert found.date_exceeded is not None


def test_in_the_first_week_the_pace_is_that_of_seven_days() -> None:
    course = at(4)

    found = forecast(course, use(90_000), use(610_000), TERMS)

    assert course.before is not None
    assert (course.before.first, course.before.last) == (date(2026, 10, 28), date(2026, 10, 31))
    assert found.tokens_total == 90_000 + 27 * 100_000


def test_after_a_week_the_month_speaks_for_itself() -> None:
    assert at(7, hour=23).before is not None
    assert at(8).before is None


def test_what_the_present_plan_costs_decides_what_comes() -> None:
    so_far = use(3_000_000, overage_tokens=1_000_000, price_total=2 * 10**9)
    larger = PlanTerms(5_000_000, Nanos(3 * 10**9))

    found = forecast(at(16), so_far, Sums(), larger)

    assert (found.overage_tokens, found.price_total) == (2_000_000, 5 * 10**9)


@given(MOMENTS, AMOUNTS, AMOUNTS, st.integers(0, 10**9))
def test_a_forecast_is_never_below_what_was_used_and_agrees_with_itself(
    now: datetime, tokens: int, before: int, included: int
) -> None:
    course, terms = MonthCourse.at(now), PlanTerms(included, Nanos(2 * 10**9))

    found = forecast(course, use(tokens), use(before), terms)

    assert found.tokens_total >= tokens
    assert found.overage_tokens == max(found.tokens_total - included, 0) - max(tokens - included, 0)
    assert found.price_total == pytest.approx(found.overage_tokens * 2_000, abs=1)
    passes = tokens < included < found.tokens_total
    assert (found.date_exceeded is not None) == passes
    if found.date_exceeded is not None:
        assert now.date() <= found.date_exceeded <= course.month.last


@given(MOMENTS, AMOUNTS)
def test_at_the_months_end_the_forecast_is_what_was_used(now: datetime, tokens: int) -> None:
    end = MonthCourse.at(now).month.end - timedelta(microseconds=1)

    found = forecast(MonthCourse.at(end), use(tokens), Sums(), TERMS)

    assert found.tokens_total == pytest.approx(tokens, abs=1)


def test_forecasts_add_up_and_the_first_day_is_named() -> None:
    one, other = Forecast(1, 2, 3, 4, date(2026, 11, 20)), Forecast(10, 20, 30, 40, date(2026, 11, 19))

    assert Forecast.total([one, other, no_more(Sums())]) == Forecast(11, 22, 33, 44, date(2026, 11, 19))
    assert Forecast.total([]) == Forecast(0, 0, 0, 0)


async def test_last_months_use_counts_in_the_first_week_and_not_in_the_totals(books: Books) -> None:
    books.clock.time = datetime(2026, 12, 1, 0, 0, tzinfo=UTC)
    await books.write(planned("1", 700_000, at=books.clock.time - timedelta(days=1)))

    shown: dict[str, Any] = await books.usage.of_agent(AVA, MONTH)
    whole: dict[str, Any] = await books.usage.summary(MONTH)

    assert shown["requests"] == whole["requests"] == 0
    assert shown["forecast"] == {
        "tokens_total": 3_100_000,
        "cost_total": 0.000119571,
        "overage_tokens": 1_100_000,
        "price_total": 2.2,
        "date_exceeded": "2026-12-21",
    }
    assert whole["forecast"] == shown["forecast"]


async def test_the_summary_names_the_first_day_on_which_a_plan_is_passed(books: Books) -> None:
    books.clock.time = datetime(2026, 11, 11, tzinfo=UTC)
    day_before = books.clock.time - timedelta(days=1)
    await books.write(
        planned("1", 900_000, at=day_before),
        planned("2", 9_000_000, tier="premium", agent_id=ZOE, at=day_before),
        make_entry("3", agent_id="team-b.gone", workspace_id="team-b", tokens=TokenCounts(5, 0), timestamp=day_before),
    )

    shown: dict[str, Any] = await books.usage.summary(MONTH)

    agents = {line["agent_id"]: line["forecast"] for line in shown["agents"]}
    assert (agents[AVA]["date_exceeded"], agents[ZOE]["date_exceeded"]) == ("2026-11-23", "2026-11-12")
    assert (agents["team-b.gone"]["tokens_total"], agents["team-b.gone"]["date_exceeded"]) == (5, None)
    assert shown["forecast"]["date_exceeded"] == "2026-11-12"
