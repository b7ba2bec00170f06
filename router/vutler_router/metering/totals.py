"""Day totals: what is added up as rows come in, so that no question ever scans rows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date
from enum import StrEnum
from operator import add, attrgetter
from typing import Final, Protocol

from vutler_router.metering.ledger import Entry

__all__ = ["SUM_NAMES", "DayKey", "Dimension", "Sums", "UsageReader", "UsageTotal", "sum_by_day"]


@dataclass(frozen=True, slots=True)
class Sums:
    """What rows add up to. Money in 1e-9 USD.

    Attributes:
        plan_tokens: The part of `tokens_total` that counts towards a plan: what the platform's keys paid for.
        unpriced: Requests whose model has no known price, so that `cost_*` lacks them.
    """

    requests: int = 0
    tokens_input: int = 0
    tokens_output: int = 0
    tokens_total: int = 0
    tokens_cached: int = 0
    tokens_reasoning: int = 0
    plan_tokens: int = 0
    cost_input: int = 0
    cost_output: int = 0
    cost_total: int = 0
    price_total: int = 0
    unpriced: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*map(add, self.amounts(), other.amounts()))

    def amounts(self) -> tuple[int, ...]:
        """Return the amounts in the order of `SUM_NAMES`."""
        return _amounts(self)

    @classmethod
    def of(cls, entry: Entry) -> "Sums":
        """Return what one row adds."""
        tokens = entry.tokens
        return cls(
            requests=1,
            tokens_input=tokens.input,
            tokens_output=tokens.output,
            tokens_total=tokens.total,
            tokens_cached=tokens.cached_read,
            tokens_reasoning=tokens.reasoning,
            plan_tokens=tokens.total if entry.tier else 0,
            cost_input=entry.cost_input,
            cost_output=entry.cost_output,
            cost_total=entry.cost_total,
            price_total=entry.price_total,
            unpriced=0 if entry.priced else 1,
        )


SUM_NAMES: Final = tuple(field.name for field in fields(Sums))
"""What is added up, by name; both databases keep it under these names."""

_amounts: Final[Callable[[Sums], tuple[int, ...]]] = attrgetter(*SUM_NAMES)


@dataclass(frozen=True, slots=True)
class DayKey:
    """What day totals are kept by; the day is in UTC."""

    day: date
    agent_id: str
    workspace_id: str
    provider: str
    model: str
    tier: str
    category: str
    request_type: str

    @classmethod
    def of(cls, entry: Entry) -> "DayKey":
        """Return the totals that a row belongs to."""
        return cls(
            entry.timestamp.astimezone(UTC).date(),
            entry.agent_id,
            entry.workspace_id,
            entry.provider,
            entry.model,
            entry.tier,
            entry.category,
            entry.request_type.value,
        )


def sum_by_day(entries: Iterable[Entry]) -> dict[DayKey, Sums]:
    """Add rows up by the totals they belong to."""
    sums: dict[DayKey, Sums] = {}
    for entry in entries:
        key = DayKey.of(entry)
        sums[key] = sums.get(key, Sums()) + Sums.of(entry)
    return sums


class Dimension(StrEnum):
    """What usage can be broken down by."""

    AGENT = "agent"
    MODEL = "model"
    DATE = "date"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class UsageTotal:
    """One line of a breakdown: an agent's id, `provider/model`, an ISO date or a category, and its sums."""

    key: str
    sums: Sums


class UsageReader(Protocol):
    """Answers questions from day totals."""

    async def totals(
        self, by: Dimension, first: date, last: date, *, agent_id: str | None = None, workspace_id: str | None = None
    ) -> Sequence[UsageTotal]:
        """Break down the use of these days, both included, ordered by key; of one agent, one workspace or all.

        Raises:
            StorageError: The database does not answer in time.
        """
        ...
