"""What a month will come to if it goes on as it does: arithmetic on values."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from vutler_router.domain.plans import PlanTerms
from vutler_router.metering.pricing import overage_price, tokens_beyond
from vutler_router.metering.totals import Sums
from vutler_router.services.usage.periods import Period, PeriodName

__all__ = ["Forecast", "MonthCourse", "forecast", "no_more"]

_WINDOW_DAYS: Final = 7
"""A pace is known once it was seen for a week, which has every weekday in it."""

_MICROSECOND: Final = timedelta(microseconds=1)
_DAY: Final = timedelta(days=1) // _MICROSECOND


@dataclass(frozen=True, slots=True)
class MonthCourse:
    """How far the current month (UTC) has come, in microseconds.

    Attributes:
        month: The month.
        passed: Time since it began.
        left: Time until it ends.
        days_before: Days of the month before that are needed to make a week.
    """

    month: Period
    passed: int
    left: int
    days_before: int

    @classmethod
    def at(cls, now: datetime) -> "MonthCourse":
        """Return the month's course at this moment."""
        month = Period.around(PeriodName.MONTH, now)
        passed = (now - month.start) // _MICROSECOND
        return cls(month, passed, (month.end - now) // _MICROSECOND, max(_WINDOW_DAYS - passed // _DAY, 0))

    @property
    def before(self) -> Period | None:
        """The last days of the month before that count for the pace; None after the first week."""
        if not self.days_before:
            return None
        return Period(self.month.first - timedelta(days=self.days_before), self.month.first - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Forecast:
    """A month at its end. Money in 1e-9 USD.

    Attributes:
        overage_tokens: What will have gone beyond the plan.
        price_total: What that will cost.
        date_exceeded: The day on which the plan will be used up; None if it will last, is used up, or there is none.
    """

    tokens_total: int
    cost_total: int
    overage_tokens: int
    price_total: int
    date_exceeded: date | None = None

    @classmethod
    def total(cls, forecasts: Collection["Forecast"]) -> "Forecast":
        """Add up agents; the day is the first on which one of them will have used up its plan."""
        return cls(
            tokens_total=sum(one.tokens_total for one in forecasts),
            cost_total=sum(one.cost_total for one in forecasts),
            overage_tokens=sum(one.overage_tokens for one in forecasts),
            price_total=sum(one.price_total for one in forecasts),
            date_exceeded=min((one.date_exceeded for one in forecasts if one.date_exceeded), default=None),
        )


def no_more(so_far: Sums) -> Forecast:
    """Return the month of an agent that is gone: what it used stays, nothing is added."""
    return Forecast(so_far.tokens_total, so_far.cost_total, so_far.overage_tokens, so_far.price_total)


def forecast(course: MonthCourse, so_far: Sums, before: Sums, terms: PlanTerms | None) -> Forecast:
    """Carry a month's use forward to its end.

    What was used stays; for the time that is left the mean pace is added. The pace is that of the month so far. In its
    first week, when a night or a burst would be taken for the whole month, the last days of the month before are
    counted with it, so that the pace is always one of at least seven days. An agent that was not used on those days has
    no such past: it has only this month, the first day of which counts as a whole day.

    Args:
        course: How far the month is.
        so_far: What was used in it.
        before: What was used on the days `course.before`.
        terms: The present plan; what further tokens will be judged by. None without a plan.
    """
    seen, time = (so_far + before, course.passed + course.days_before * _DAY)
    if not before.requests:
        seen, time = so_far, max(course.passed, _DAY)

    def further(amount: int) -> int:
        return (amount * course.left + time // 2) // time

    plan_tokens, more = so_far.plan_tokens, further(seen.plan_tokens)
    return Forecast(
        tokens_total=so_far.tokens_total + further(seen.tokens_total),
        cost_total=so_far.cost_total + further(seen.cost_total),
        overage_tokens=so_far.overage_tokens + (tokens_beyond(terms, plan_tokens, more) if terms else 0),
        price_total=so_far.price_total + (overage_price(terms, plan_tokens, more) if terms else 0),
        date_exceeded=_date_exceeded(course, plan_tokens, more, terms),
    )


def _date_exceeded(course: MonthCourse, used: int, more: int, terms: PlanTerms | None) -> date | None:
    """Return the day on which what is left of a plan will be used up at an even pace."""
    if terms is None or not used < terms.included_tokens < used + more:
        return None
    after = course.passed + (terms.included_tokens - used) * course.left // more
    return course.month.first + timedelta(days=after // _DAY)
