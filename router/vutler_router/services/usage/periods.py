"""Calendar periods in UTC, and how callers name them."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from vutler_router.errors import InvalidRequest

__all__ = ["LONGEST_DAYS", "AskedPeriod", "Period", "PeriodName", "read_month"]

LONGEST_DAYS: Final = 366
"""The longest range that may be asked for: a leap year."""

_CUSTOM: Final = "custom"
_LAST_YEAR: Final = 9998
"""Later days have no day after them that can be written."""


class PeriodName(StrEnum):
    """The periods that usage is shown for: a calendar day, week (from Monday) or month."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @classmethod
    def parse(cls, text: str) -> "PeriodName":
        """Read a period's name. Raises `InvalidRequest`."""
        try:
            return cls(text)
        except ValueError:
            raise InvalidRequest(
                f"period must be one of: {', '.join(cls)}; for example period=month. "
                f"For other days give from and to, both written like 2026-11-30.",
                param="period",
            ) from None


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in UTC, both included; two periods of the same days are equal.

    Attributes:
        label: `day`, `week` or `month`, or `custom` for other days.
    """

    first: date
    last: date
    label: str = field(default=_CUSTOM, compare=False)

    @classmethod
    def around(cls, name: PeriodName, now: datetime) -> "Period":
        """Return the period of this name that holds this moment."""
        return cls.holding(name, now.astimezone(UTC).date())

    @classmethod
    def holding(cls, name: PeriodName, day: date) -> "Period":
        """Return the period of this name that holds this day."""
        match name:
            case PeriodName.DAY:
                return cls(day, day, name)
            case PeriodName.WEEK:
                monday = day - timedelta(days=day.weekday())
                return cls(monday, monday + timedelta(days=6), name)
            case PeriodName.MONTH:
                first = day.replace(day=1)
                next_month = (first + timedelta(days=32)).replace(day=1)
                return cls(first, next_month - timedelta(days=1), name)

    @property
    def start(self) -> datetime:
        """The first moment."""
        return datetime.combine(self.first, time(), UTC)

    @property
    def end(self) -> datetime:
        """The first moment after."""
        return datetime.combine(self.last, time(), UTC) + timedelta(days=1)

    @property
    def days(self) -> list[date]:
        """Every day of it, in order."""
        return [self.first + timedelta(days=passed) for passed in range((self.last - self.first).days + 1)]


@dataclass(frozen=True, slots=True)
class AskedPeriod:
    """A period in the caller's words, not yet checked; nothing said means the current month.

    Attributes:
        period: `day`, `week` or `month`.
        date: A day in that period, written `2026-11-18`; today unless given.
        first: The parameter `from`: instead of a period, the first of any days.
        last: The parameter `to`: the last of them, included.
    """

    period: str | None = None
    date: str | None = None
    first: str | None = None
    last: str | None = None

    def resolve(self, now: datetime) -> Period:
        """Return the days that are meant.

        Raises:
            InvalidRequest: Something is malformed or contradicts another; the message shows how to write it.
        """
        if self.first is None and self.last is None:
            name = PeriodName.MONTH if self.period is None else PeriodName.parse(self.period)
            return Period.around(name, now) if self.date is None else Period.holding(name, _day(self.date, "date"))
        return self._range()

    def _range(self) -> Period:
        for param, text in (("period", self.period), ("date", self.date)):
            if text is not None:
                raise InvalidRequest(
                    f"Give either {param} or a range, not both: period=month, or from=2026-11-01&to=2026-11-30.",
                    param=param,
                )
        first, last = _day(self.first, "from"), _day(self.last, "to")
        if last < first:
            raise InvalidRequest(f"to must not lie before from, which is {first}.", param="to")
        if (last - first).days >= LONGEST_DAYS:
            raise InvalidRequest(
                f"A range has at most {LONGEST_DAYS} days: ask for {first} and after in parts.", param="to"
            )
        return Period(first, last)


def read_month(text: str | None, now: datetime) -> Period:
    """Read a calendar month that has begun, written `2026-11`; None is the current one.

    Raises:
        InvalidRequest: It is none, or has not begun.
    """
    current = Period.around(PeriodName.MONTH, now)
    if text is None:
        return current
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        first = None
    if first is None or f"{first:%Y-%m}" != text:
        raise InvalidRequest("month must be written like 2026-11.", param="month")
    if first > current.first:
        raise InvalidRequest(f"month must have begun: {current.first:%Y-%m} is the latest.", param="month")
    return Period.holding(PeriodName.MONTH, first)


def _day(text: str | None, param: str) -> date:
    """Read one day. Raises `InvalidRequest`."""
    if text is None:
        raise InvalidRequest(
            f"{param} is missing: a range needs from and to, for example from=2026-11-01&to=2026-11-30.", param=param
        )
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text or day.year > _LAST_YEAR:
        raise InvalidRequest(f"{param} must be a day written like 2026-11-30.", param=param)
    return day
