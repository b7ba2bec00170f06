from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.router_values import NOON
from vutler_router.errors import InvalidRequest
from vutler_router.services.usage.periods import LONGEST_DAYS, AskedPeriod, Period, PeriodName, read_month

DAY, WEEK, MONTH = PeriodName.DAY, PeriodName.WEEK, PeriodName.MONTH
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy wants naive bounds


@pytest.mark.parametrize(
    ("name", "now", "first", "last"),
    [
        (MONTH, "2026-12-31T23:59:59.999999+00:00", "2026-12-01", "2026-12-31"),
        (MONTH, "2027-01-01T00:00:00+00:00", "2027-01-01", "2027-01-31"),
        (MONTH, "2027-01-01T00:30:00+01:00", "2026-12-01", "2026-12-31"),
        (MONTH, "2028-02-10T00:00:00+00:00", "2028-02-01", "2028-02-29"),
        (MONTH, "2027-02-28T23:59:59+00:00", "2027-02-01", "2027-02-28"),
        (WEEK, "2027-01-01T12:00:00+00:00", "2026-12-28", "2027-01-03"),
        (WEEK, "2027-01-03T23:59:59.999+00:00", "2026-12-28", "2027-01-03"),
        (WEEK, "2027-01-04T00:00:00+00:00", "2027-01-04", "2027-01-10"),
        (DAY, "2026-11-18T23:30:00-02:00", "2026-11-19", "2026-11-19"),
        (DAY, "2028-02-29T23:59:59.999+00:00", "2028-02-29", "2028-02-29"),
    ],
)
def test_periods_end_where_the_calendar_says(name: PeriodName, now: str, first: str, last: str) -> None:
    period = Period.around(name, datetime.fromisoformat(now))

    assert (period.first.isoformat(), period.last.isoformat()) == (first, last)


@given(MOMENTS, st.sampled_from(PeriodName))
def test_a_period_holds_its_moment_and_the_next_one_begins_where_it_ends(now: datetime, name: PeriodName) -> None:
    period = Period.around(name, now)

    assert period.start <= now < period.end
    assert Period.around(name, period.end).start == period.end
    assert len(period.days) == (period.end - period.start).days


@pytest.mark.parametrize(
    ("asked", "first", "last", "label"),
    [
        (AskedPeriod(), "2026-11-01", "2026-11-30", "month"),
        (AskedPeriod("week"), "2026-11-16", "2026-11-22", "week"),
        (AskedPeriod("day", date="2024-02-29"), "2024-02-29", "2024-02-29", "day"),
        (AskedPeriod("week", date="2021-01-01"), "2020-12-28", "2021-01-03", "week"),
        (AskedPeriod(date="2019-02-11"), "2019-02-01", "2019-02-28", "month"),
        (AskedPeriod(first="2026-11-01", last="2026-11-01"), "2026-11-01", "2026-11-01", "custom"),
        (AskedPeriod(first="2028-01-01", last="2028-12-31"), "2028-01-01", "2028-12-31", "custom"),
        (AskedPeriod("month", date="0001-01-01"), "0001-01-01", "0001-01-31", "month"),
        (AskedPeriod("week", date="9998-12-31"), "9998-12-28", "9999-01-03", "week"),
    ],
)
def test_callers_name_periods_and_days(asked: AskedPeriod, first: str, last: str, label: str) -> None:
    period = asked.resolve(NOON)

    assert (period.first.isoformat(), period.last.isoformat(), period.label) == (first, last, label)


@pytest.mark.parametrize(
    ("asked", "param", "hint"),
    [
        (AskedPeriod("year"), "period", "day, week, month"),
        (AskedPeriod(""), "period", "period=month"),
        (AskedPeriod("Month"), "period", "day, week, month"),
        (AskedPeriod("custom"), "period", "from and to"),
        (AskedPeriod(date="18.11.2026"), "date", "like 2026-11-30"),
        (AskedPeriod(date="20261118"), "date", "like 2026-11-30"),
        (AskedPeriod(date="2026-W47-3"), "date", "like 2026-11-30"),
        (AskedPeriod(date="2026-11-18T00:00:00"), "date", "like 2026-11-30"),
        (AskedPeriod(date="2026-02-29"), "date", "like 2026-11-30"),
        (AskedPeriod(date="9999-12-31"), "date", "like 2026-11-30"),
        (AskedPeriod(date=""), "date", "like 2026-11-30"),
        (AskedPeriod(first="2026-11-01"), "to", "to is missing.*from=2026-11-01&to=2026-11-30"),
        (AskedPeriod(last="2026-11-30"), "from", "from is missing"),
        (AskedPeriod(first="x", last="2026-11-30"), "from", "from must be a day written like"),
        (AskedPeriod(first="2026-11-01", last="x"), "to", "to must be a day written like"),
        (AskedPeriod(first="2026-11-02", last="2026-11-01"), "to", "before from, which is 2026-11-02"),
        (AskedPeriod(first="2026-01-01", last="2027-01-02"), "to", "at most 366 days"),
        (AskedPeriod("day", first="2026-11-01", last="2026-11-02"), "period", "either period or a range"),
        (AskedPeriod(date="2026-11-01", last="2026-11-02"), "date", "either date or a range"),
    ],
)
def test_what_is_no_period_is_refused_with_an_example(asked: AskedPeriod, param: str, hint: str) -> None:
    with pytest.raises(InvalidRequest, match=hint) as refused:
        asked.resolve(NOON)

    assert refused.value.param == param


@given(st.dates(date(1970, 1, 1), date(2100, 1, 1)), st.integers(0, 2 * LONGEST_DAYS))
def test_a_range_has_as_many_days_as_it_may(first: date, further: int) -> None:
    asked = AskedPeriod(first=first.isoformat(), last=(first + timedelta(days=further)).isoformat())

    if further < LONGEST_DAYS:
        assert len(asked.resolve(NOON).days) == further + 1
    else:
        with pytest.raises(InvalidRequest):
            asked.resolve(NOON)


@pytest.mark.parametrize(
    ("text", "now", "first"),
    [
        (None, "2026-11-30T23:59:59.999+00:00", "2026-11-01"),
        (None, "2026-12-01T00:00:00+00:00", "2026-12-01"),
        ("2026-12", "2026-12-01T00:00:00+00:00", "2026-12-01"),
        ("2019-02", "2026-12-01T00:00:00+00:00", "2019-02-01"),
    ],
)
def test_a_month_that_has_begun_is_read(text: str | None, now: str, first: str) -> None:
    assert read_month(text, datetime.fromisoformat(now)).first.isoformat() == first


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("2026-13", "like 2026-11"),
        ("2026-1", "like 2026-11"),
        ("2026", "like 2026-11"),
        ("2026-11-01", "like 2026-11"),
        ("November", "like 2026-11"),
        ("202611", "like 2026-11"),
        ("", "like 2026-11"),
        ("2026-12", "2026-11 is the latest"),
        ("9999-12", "2026-11 is the latest"),
    ],
)
def test_what_is_no_month_or_has_not_begun_is_refused(text: str, hint: str) -> None:
    with pytest.raises(InvalidRequest, match=hint) as refused:
        read_month(text, NOON)

    assert refused.value.param == "month"
