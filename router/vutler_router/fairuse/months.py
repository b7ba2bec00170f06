"""What one agent has used in a calendar month, UTC."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from vutler_router.fairuse.rules import Budget, LimitName

__all__ = ["Month", "Reached", "Spent", "month_bounds", "month_of"]

_DAY: Final = 86_400
"""Seconds; so far a clock may be ahead and still end a month for all."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What requests used.

    Attributes:
        tokens: Input and output tokens.
        plan_tokens: The part of them that counts towards a plan.
        cost: What the providers charge, in 1e-9 USD.
    """

    tokens: int = 0
    plan_tokens: int = 0
    cost: int = 0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.tokens + other.tokens, self.plan_tokens + other.plan_tokens, self.cost + other.cost)

    def at_least(self, other: "Spent") -> "Spent":
        """Return the greater of both, amount by amount."""
        return Spent(
            max(self.tokens, other.tokens), max(self.plan_tokens, other.plan_tokens), max(self.cost, other.cost)
        )


@dataclass(frozen=True, slots=True)
class Reached:
    """Since when a budget is used up, in seconds since 1970."""

    budget: Budget
    since: int


@dataclass(frozen=True, slots=True)
class Month:
    """A month so far.

    Attributes:
        name: `2026-11`.
        spent: What requests that have ended used.
        checked_at: When it was last compared with the books, in seconds since 1970; 0 if never.
        reached: The budgets that are used up.
    """

    name: str = ""
    spent: Spent = Spent()
    checked_at: int = 0
    reached: tuple[Reached, ...] = ()

    def at(self, now: float) -> "Month":
        """Return the month that it is: this one, or the next with nothing used.

        A month that another process's clock has already begun stays; one that is more than a day ahead was begun by a
        clock that was wrong.
        """
        name = month_of(now)
        if name == self.name or (name < self.name and now >= month_bounds(self.name)[0] - _DAY):
            return self
        return Month(name)

    def used(self, budget: Budget) -> int:
        """Return what is used of a budget."""
        match budget.name:
            case LimitName.PLAN:
                return self.spent.plan_tokens
            case LimitName.MONTHLY_COST:
                return self.spent.cost
            case _:
                return self.spent.tokens

    def marked(self, budgets: tuple[Budget, ...], now: float) -> "Month":
        """Return it with the time at which budgets were reached; those that were raised since begin anew."""
        known = {reached.budget: reached for reached in self.reached}
        reached = tuple(
            known.get(budget) or Reached(budget, int(now)) for budget in budgets if self.used(budget) >= budget.bound
        )
        return self if reached == self.reached else replace(self, reached=reached)

    def since(self, budget: Budget) -> int | None:
        """Return since when a budget is used up; None when it is not."""
        return next((reached.since for reached in self.reached if reached.budget == budget), None)


def month_of(now: float) -> str:
    """Name the month of a time in seconds since 1970; names compare as months do."""
    return _month_of_day(int(now // _DAY))


@lru_cache(maxsize=8)
def _month_of_day(day: int) -> str:
    """Name the month of a day since 1970."""
    return datetime.fromtimestamp(day * _DAY, UTC).strftime("%Y-%m")


def month_bounds(name: str) -> tuple[int, int]:
    """Return when a month begins and when the next does, in seconds since 1970."""
    year, month = map(int, name.split("-"))
    first = datetime(year, month, 1, tzinfo=UTC)
    following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    return int(first.timestamp()), int(following.timestamp())
