"""Calendar periods in UTC."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from vutler_router.errors import InvalidRequest

__all__ = ["Period", "PeriodName"]


class PeriodName(StrEnum):
    """The periods that usage is shown for: the current calendar day, week (from Monday) or month."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @classmethod
    def parse(cls, text: str) -> "PeriodName":
        """Read a period's name. Raises `InvalidRequest`."""
        try:
            return cls(text)
        except ValueError:
            raise InvalidRequest(f"period must be one of: {', '.join(cls)}.", param="period") from None


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in UTC, both included."""

    first: date
    last: date

    @classmethod
    def around(cls, name: PeriodName, now: datetime) -> "Period":
        """Return the period of this name that holds this moment."""
        today = now.astimezone(UTC).date()
        match name:
            case PeriodName.DAY:
                return cls(today, today)
            case PeriodName.WEEK:
                monday = today - timedelta(days=today.weekday())
                return cls(monday, monday + timedelta(days=6))
            case PeriodName.MONTH:
                first = today.replace(day=1)
                next_month = (first + timedelta(days=32)).replace(day=1)
                return cls(first, next_month - timedelta(days=1))

    @property
    def start(self) -> datetime:
        """The first moment."""
        return datetime.combine(self.first, time(), UTC)

    @property
    def end(self) -> datetime:
        """The first moment after."""
        return datetime.combine(self.last, time(), UTC) + timedelta(days=1)

    def elapsed(self, now: datetime) -> float:
        """Return the share of the period that is over, above 0 and at most 1; its first hour counts as an hour."""
        over = max(now - self.start, timedelta(hours=1))
        return min(over / (self.end - self.start), 1.0)
