from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vutler_router.fairuse.months import Month, Reached, Spent, month_bounds, month_of
from vutler_router.fairuse.rules import Budget, LimitName

USED = Month("2026-11", Spent(10, 5, 100), 1_795_000_000)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@given(st.datetimes(timezones=st.just(UTC)).filter(lambda moment: 1970 < moment.year < 2200))
def test_a_time_lies_in_the_month_that_bears_its_name(moment: datetime) -> None:
    now = moment.timestamp()
    name = month_of(now)
    begin, end = month_bounds(name)
    assert name == f"{moment:%Y-%m}"
    assert begin <= now < end
    assert month_of(end) > name


def test_at_its_end_a_new_month_begins_with_nothing() -> None:
    assert USED.at(at("2026-11-30T23:59:59.999")) == USED
    assert USED.at(at("2026-12-01T00:00:00")) == Month("2026-12")


def test_a_clock_that_is_behind_does_not_bring_the_old_month_back() -> None:
    december = Month("2026-12", Spent(1, 0, 0))
    assert december.at(at("2026-11-30T23:59:30")) == december


def test_a_month_that_a_wrong_clock_began_ends_when_the_clock_is_right_again() -> None:
    assert Month("2027-11", Spent(1, 0, 0)).at(at("2026-11-18T12:00:00")) == Month("2026-11")


@pytest.mark.parametrize(
    ("name", "used"), [(LimitName.MONTHLY_TOKENS, 10), (LimitName.PLAN, 5), (LimitName.MONTHLY_COST, 100)]
)
def test_each_budget_has_its_own_measure(name: LimitName, used: int) -> None:
    assert USED.used(Budget(name, 1)) == used


def test_it_is_remembered_since_when_a_budget_is_reached_until_it_is_raised() -> None:
    budget, raised = Budget(LimitName.MONTHLY_TOKENS, 10), Budget(LimitName.MONTHLY_TOKENS, 11)
    reached = USED.marked((budget,), 1_795_000_100.9)
    later = reached.marked((budget,), 1_795_000_200)

    assert later.reached == (Reached(budget, 1_795_000_100),)
    assert later.marked((raised,), 1_795_000_300).reached == ()
