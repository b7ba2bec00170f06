"""What goes beyond a plan: each answer is judged by the plan in force and by all that was used before it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, NamedTuple, Protocol

from vutler_router.metering.ledger import Entry
from vutler_router.metering.pricing import overage_price, tokens_beyond

__all__ = ["AgentMonth", "MonthUse", "Overage", "OverageReader", "judged", "month_of", "overages_of", "plan_use"]

_MONTHS_KEPT: Final = 128


class AgentMonth(NamedTuple):
    """Whose use is added up, and of which calendar month in UTC, written `2026-11`."""

    agent_id: str
    month: str


@dataclass(frozen=True, slots=True)
class MonthUse:
    """An agent's use of a month that counts towards its plan. Money in 1e-9 USD.

    Attributes:
        plan_tokens: What the platform's keys paid for.
        overage_tokens: The part of them that went beyond the plan.
        overage_price: What that part costs.
    """

    agent_id: str
    month: str
    plan_tokens: int = 0
    overage_tokens: int = 0
    overage_price: int = 0


@dataclass(frozen=True, slots=True)
class Overage:
    """How far an agent went beyond its plan in one month: a record of `managed_overage`.

    Attributes:
        workspace_id: The agent's workspace.
        month: A calendar month in UTC, written `2026-11`.
        tier: The plan of the last answer that counts.
        tokens: What went beyond the plan.
        price: What that costs, in 1e-9 USD.
        passed_at: When the first answer that counts ended.
        updated_at: When the last one did.
    """

    agent_id: str
    workspace_id: str
    month: str
    tier: str
    tokens: int
    price: int
    passed_at: datetime
    updated_at: datetime


class OverageReader(Protocol):
    """Answers questions about plans that were passed, and about how far agents are.

    Every method raises `StorageError` when the database does not answer in time.
    """

    async def overages(self, month: str, workspace_id: str | None = None) -> Sequence[Overage]:
        """Return the records of a month, of one workspace or all, ordered by agent."""
        ...

    async def month_tokens(self, agent_ids: Collection[str], month: str) -> Mapping[str, int]:
        """Return the tokens of a month that count towards plans, by agent; an agent without use is left out."""
        ...


def month_of(moment: datetime) -> str:
    """Return the calendar month in UTC, as `2026-11`."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return _written(utc.year, utc.month)


def plan_use(entries: Iterable[Entry]) -> dict[AgentMonth, int]:
    """Add up the tokens of rows that count towards a plan."""
    used: defaultdict[tuple[str, str], int] = defaultdict(int)
    for entry in entries:
        if entry.tier:
            used[entry.agent_id, month_of(entry.timestamp)] += entry.tokens.total
    return {AgentMonth(*key): tokens for key, tokens in used.items() if tokens}


def judged(entries: Iterable[Entry], used_before: Mapping[AgentMonth, int]) -> list[Entry]:
    """Say of each row how much of it goes beyond its plan, and what that costs; a row that says so already stays.

    Args:
        entries: In the order in which they count.
        used_before: Tokens that counted before the first of them.
    """
    used: dict[tuple[str, str], int] = dict(used_before.items())
    found = []
    for entry in entries:
        beyond, price = 0, 0
        if entry.tier:
            key, tokens = (entry.agent_id, month_of(entry.timestamp)), entry.tokens.total
            before = used.get(key, 0)
            used[key] = before + tokens
            if entry.terms is not None and before + tokens > entry.terms.included_tokens:
                beyond = tokens_beyond(entry.terms, before, tokens)
                price = overage_price(entry.terms, before, tokens)
        known = entry.overage_tokens == beyond and entry.price_total == price
        found.append(entry if known else replace(entry, overage_tokens=beyond, price_total=price))
    return found


@lru_cache(_MONTHS_KEPT)
def _written(year: int, month: int) -> str:
    return f"{year:04}-{month:02}"


def overages_of(entries: Iterable[Entry]) -> list[Overage]:
    """Add up what rows that were judged say of their agents' months."""
    groups: defaultdict[AgentMonth, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.overage_tokens:
            groups[AgentMonth(entry.agent_id, month_of(entry.timestamp))].append(entry)
    return [_overage(key, group) for key, group in groups.items()]


def _overage(key: AgentMonth, entries: Collection[Entry]) -> Overage:
    last = max(entries, key=lambda entry: entry.timestamp)
    return Overage(
        agent_id=key.agent_id,
        workspace_id=last.workspace_id,
        month=key.month,
        tier=last.tier,
        tokens=sum(entry.overage_tokens for entry in entries),
        price=sum(entry.price_total for entry in entries),
        passed_at=min(entry.timestamp for entry in entries),
        updated_at=last.timestamp,
    )
