"""Adds up rows, day totals, overage records and what the API says, which must all be the same."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.chaos.accounts import Record
from tests.chaos.books import Books

__all__ = ["Plan", "unequal_sums"]

Plan = tuple[int, int]
"""Included tokens a month, and the price of each further one in 1e-9 USD."""

_AMOUNTS = (
    "tokens_input",
    "tokens_output",
    "tokens_total",
    "tokens_cached",
    "tokens_reasoning",
    "overage_tokens",
    "cost_input",
    "cost_output",
    "cost_total",
    "price_total",
)
_MONEY = ("cost_input", "cost_output", "cost_total", "price_total")
_SHOWN = ("requests", *(name for name in _AMOUNTS if name != "overage_tokens"))
"""What the API shows as sums; `overage_tokens` there speak of the plan, which is compared by itself."""

_NANOS = 1_000_000_000


def unequal_sums(books: Books, summary: Mapping[str, Any], plan: Plan) -> Iterator[str]:
    """Say which sums differ."""
    rows = _added(books.rows)
    rows["requests"] = len(books.rows)
    totals = _added(books.totals)
    totals["requests"] = sum(total["requests"] for total in books.totals)
    lines: Counter[str] = sum((_said(line) for line in summary["agents"]), Counter())
    yield from _unlike("day totals", ("requests", *_AMOUNTS), rows, totals)
    yield from _unlike("the summary", _SHOWN, rows, _said(summary))
    yield from _unlike("the summary's agents", _SHOWN, rows, lines)
    yield from _unlike_plan(books, plan)


def _unlike(where: str, names: Sequence[str], rows: Counter[str], found: Counter[str]) -> Iterator[str]:
    for name in names:
        if found[name] != rows[name]:
            yield f"{name}: rows say {rows[name]:,}, {where} {found[name]:,}"


def _unlike_plan(books: Books, plan: Plan) -> Iterator[str]:
    """Compare what goes beyond plans, by agent, with what the agents' rows say and with what it should be."""
    included, price = plan
    used: Counter[str] = Counter()
    beyond: Counter[str] = Counter()
    for row in books.rows:
        if row["tier"]:
            used[row["agent_id"]] += row["tokens_total"]
            beyond[row["agent_id"]] += row["overage_tokens"]
    recorded = {record["agent_id"]: (record["tokens"], record["price"]) for record in books.overages}
    for agent, tokens in used.items():
        due = max(0, tokens - included)
        found = beyond[agent], *recorded.get(agent, (0, 0))
        if found != (due, due, due * price):
            yield f"{agent} is {due:,} tokens beyond its plan; rows, record and its price say {found}"


def _added(records: Sequence[Record]) -> Counter[str]:
    return Counter({name: sum(record[name] for record in records) for name in _AMOUNTS})


def _said(view: Mapping[str, Any]) -> Counter[str]:
    """Read sums as the API shows them, money in USD."""
    return Counter({name: round(view.get(name, 0) * (_NANOS if name in _MONEY else 1)) for name in _SHOWN})
