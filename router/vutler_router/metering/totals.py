"""Day totals: what is added up as rows come in, so that no question ever scans rows."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date
from enum import StrEnum
from operator import add, attrgetter
from typing import Final, Protocol

from vutler_router.metering.ledger import Entry

__all__ = [
    "SUM_NAMES",
    "CrossReader",
    "DayKey",
    "Dimension",
    "Sums",
    "UsageLine",
    "UsageReader",
    "UsageTotal",
    "sum_by_day",
]


@dataclass(frozen=True, slots=True)
class Sums:
    """What rows add up to. Money in 1e-9 USD.

    Attributes:
        plan_tokens: The part of `tokens_total` that counts towards a plan: what the platform's keys paid for.
        overage_tokens: The part of `plan_tokens` that went beyond the plan.
        unpriced: Requests whose model has no known price, so that `cost_*` lacks them.
        corrected: Requests whose upstream counted tokens in a way that cannot be true.
        errors: Requests whose answer broke after it began.
        latency_ms: The time that requests took, added up. Nobody added up this and `errors` before there was routing:
            rows of such routers count as 0 in both, and the totals made of them say so too.
        cost_estimated: What answers were expected to cost before they were asked for.
        saved: What the strongest models would have cost more; see `Entry.saved`.
        classification_cost: What finding categories cost; in no other sum and never charged.
        classification_ms: The time that finding categories took, added up.
    """

    requests: int = 0
    tokens_input: int = 0
    tokens_output: int = 0
    tokens_total: int = 0
    tokens_cached: int = 0
    tokens_reasoning: int = 0
    plan_tokens: int = 0
    overage_tokens: int = 0
    cost_input: int = 0
    cost_output: int = 0
    cost_total: int = 0
    price_total: int = 0
    unpriced: int = 0
    corrected: int = 0
    errors: int = 0
    latency_ms: int = 0
    cost_estimated: int = 0
    saved: int = 0
    classification_cost: int = 0
    classification_ms: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*map(add, self.amounts(), other.amounts()))

    def amounts(self) -> tuple[int, ...]:
        """Return the amounts in the order of `SUM_NAMES`."""
        return _amounts(self)

    @classmethod
    def of(cls, entries: Collection[Entry]) -> "Sums":
        """Return what rows add up to; column by column, which is several times faster than row by row."""
        tokens = [entry.tokens for entry in entries]
        cost_input, cost_output = sum(e.cost_input for e in entries), sum(e.cost_output for e in entries)
        tokens_input, tokens_output = sum(t.input for t in tokens), sum(t.output for t in tokens)
        return cls(
            requests=len(tokens),
            tokens_input=tokens_input,
            tokens_output=tokens_output,
            tokens_total=tokens_input + tokens_output,
            tokens_cached=sum(t.cached_read for t in tokens),
            tokens_reasoning=sum(t.reasoning for t in tokens),
            plan_tokens=sum(e.tokens.total for e in entries if e.tier),
            overage_tokens=sum(e.overage_tokens for e in entries),
            cost_input=cost_input,
            cost_output=cost_output,
            cost_total=cost_input + cost_output,
            price_total=sum(e.price_total for e in entries),
            unpriced=sum(not e.priced for e in entries),
            corrected=sum(t.corrected for t in tokens),
            errors=sum(e.status == "error" for e in entries),
            latency_ms=sum(e.latency_ms for e in entries),
            cost_estimated=sum(e.cost_estimated for e in entries),
            saved=sum(e.saved for e in entries if e.cost_strongest),
            classification_cost=sum(e.classification_cost for e in entries),
            classification_ms=sum(e.classification_ms for e in entries),
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
    variant: str


def sum_by_day(entries: Iterable[Entry]) -> dict[DayKey, Sums]:
    """Add rows up by the totals they belong to."""
    groups: defaultdict[tuple[date, tuple[str, ...]], list[Entry]] = defaultdict(list)
    for entry in entries:
        groups[entry.timestamp.astimezone(UTC).date(), _key_texts(entry)].append(entry)
    return {DayKey(day, *texts): Sums.of(group) for (day, texts), group in groups.items()}


_key_texts: Final[Callable[[Entry], tuple[str, ...]]] = attrgetter(
    *(field.name for field in fields(DayKey) if field.name != "day")
)


class Dimension(StrEnum):
    """What usage can be broken down by."""

    AGENT = "agent"
    MODEL = "model"
    DATE = "date"
    CATEGORY = "category"
    REQUEST_TYPE = "request_type"
    TIER = "tier"
    VARIANT = "variant"


@dataclass(frozen=True, slots=True)
class UsageTotal:
    """One line of a breakdown and its sums.

    Attributes:
        key: An agent's id, `provider/model`, an ISO date, a category, a request type, a tier's id or a variant; empty
            where a request has none.
        sums: What the line's rows add up to.
    """

    key: str
    sums: Sums


@dataclass(frozen=True, slots=True)
class UsageLine:
    """One line of a breakdown by several things at once and its sums.

    Attributes:
        keys: A key for each thing, as `UsageTotal.key` writes it.
        sums: What the line's rows add up to.
    """

    keys: tuple[str, ...]
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


class CrossReader(UsageReader, Protocol):
    """Answers questions about several things at once, in one pass over the day totals."""

    async def lines(
        self,
        by: Sequence[Dimension],
        first: date,
        last: date,
        *,
        agent_id: str | None = None,
        workspace_id: str | None = None,
    ) -> Sequence[UsageLine]:
        """Break down the use of these days by all of these, ordered by keys; see `UsageReader.totals`.

        Raises:
            StorageError: The database does not answer in time.
        """
        ...
