"""What a router process has to add to an agent's state: sums, so that their order does not matter."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from vutler_router.fairuse.months import Spent, month_of
from vutler_router.fairuse.use import AgentUse
from vutler_router.fairuse.windows import SECONDS_COUNTED

__all__ = ["Books", "Changes"]

_REMEMBERED: Final = 2 * SECONDS_COUNTED
"""Seconds that are worth keeping while the database is away: older ones count for no minute."""

_NO_COUNT: Final = (0, 0)


@dataclass(frozen=True, slots=True)
class Books:
    """What the books say of a month, and when they were read, in seconds since 1970."""

    month: str
    spent: Spent
    read_at: int


@dataclass(frozen=True, slots=True)
class Changes:
    """Requests that began and ended.

    Attributes:
        seconds: Requests started and tokens used, by second since 1970.
        months: What was used, by month.
        books: What the books say; the month is raised to it after everything else is added.
    """

    seconds: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    months: Mapping[str, Spent] = field(default_factory=dict)
    books: Books | None = None

    def __bool__(self) -> bool:
        return bool(self.seconds or self.months or self.books)

    def started(self, second: int) -> "Changes":
        """Count a request."""
        return self._with(second, 1, 0)

    def given_back(self, second: int) -> "Changes":
        """Count a request no more that began in this second: nobody answered it."""
        return self._with(second, -1, 0)

    def settled(self, now: float, spent: Spent) -> "Changes":
        """Count what a request used that ends now."""
        month = month_of(now)
        months = {**self.months, month: self.months.get(month, Spent()) + spent}
        return Changes(self._with(int(now), 0, spent.tokens).seconds, months, self.books)

    def merged(self, later: "Changes") -> "Changes":
        """Return both together."""
        merged = self
        for second, (requests, tokens) in later.seconds.items():
            merged = merged._with(second, requests, tokens)
        months = dict(self.months)
        for month, spent in later.months.items():
            months[month] = months.get(month, Spent()) + spent
        return Changes(merged.seconds, months, later.books or self.books)

    def applied(self, use: AgentUse) -> AgentUse:
        """Return a state with these changes in it; months that are not the state's own are left to the books."""
        month = use.month
        if month.name in self.months:
            month = replace(month, spent=month.spent + self.months[month.name])
        if self.books is not None and self.books.month == month.name:
            month = replace(
                month,
                spent=month.spent.at_least(self.books.spent),
                checked_at=max(month.checked_at, self.books.read_at),
            )
        return AgentUse(use.minute.plus(self.seconds) if self.seconds else use.minute, month, use.holders)

    def _with(self, second: int, requests: int, tokens: int) -> "Changes":
        known = self.seconds.get(second, _NO_COUNT)
        seconds = {**self.seconds, second: (known[0] + requests, known[1] + tokens)}
        if len(seconds) > _REMEMBERED:
            del seconds[min(seconds)]
        return Changes(seconds, self.months, self.books)
