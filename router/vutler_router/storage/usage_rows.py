"""The stored form of usage rows, the same in every database."""

from collections.abc import Mapping
from typing import Final

from pydantic import TypeAdapter

from vutler_router.domain.money import Nanos
from vutler_router.domain.plans import PlanTerms
from vutler_router.metering.batches import Batch
from vutler_router.metering.ledger import Entry
from vutler_router.metering.totals import DayKey

__all__ = ["ENTRY_NAMES", "TREE_ROW_NAMES", "batch_mark", "entry_from_object", "entry_values", "key_values"]

ENTRY_NAMES: Final = (
    "request_id",
    "agent_id",
    "workspace_id",
    "provider",
    "model",
    "tier",
    "tokens_input",
    "tokens_output",
    "tokens_total",
    "tokens_cached",
    "tokens_cache_write",
    "tokens_reasoning",
    "cost_input",
    "cost_output",
    "cost_total",
    "price_total",
    "priced",
    "latency_ms",
    "request_type",
    "category",
    "usage_source",
    "status",
    "overage_tokens",
    "included_tokens",
    "overage_per_million",
    "price_snapshot",
    "corrected",
    "variant",
    "cost_estimated",
    "cost_strongest",
    "classification_cost",
    "classification_ms",
    "decision",
    "tree_id",
)
"""The fields of `token_usage`, all but the timestamp and the mark of the batch; money in 1e-9 USD.

`included_tokens` and `overage_per_million` are the terms of the plan, 0 without one. `classification_ms` is absent
(NULL in SQLite) from the rows of routers without routing, which added up neither errors nor latency; an audit leaves
these out of such rows too.
"""

TREE_ROW_NAMES: Final = (
    "tree_id",
    "agent_id",
    "provider",
    "model",
    "tokens_input",
    "tokens_output",
    "cost_total",
    "price_total",
    "priced",
    "timestamp",
)
"""What is read of the rows of a tree of asks."""

_NO_TERMS: Final = PlanTerms(0, Nanos(0))
_ENTRY: Final = TypeAdapter(Entry)
_TOKENS: Final = {
    "input": "tokens_input",
    "output": "tokens_output",
    "cached_read": "tokens_cached",
    "cached_write": "tokens_cache_write",
    "reasoning": "tokens_reasoning",
    "corrected": "corrected",
}


def entry_values(entry: Entry) -> tuple[str | int, ...]:
    """Return a row's values in the order of `ENTRY_NAMES`."""
    tokens, terms = entry.tokens, entry.terms or _NO_TERMS
    return (
        entry.request_id,
        entry.agent_id,
        entry.workspace_id,
        entry.provider,
        entry.model,
        entry.tier,
        tokens.input,
        tokens.output,
        tokens.total,
        tokens.cached_read,
        tokens.cached_write,
        tokens.reasoning,
        entry.cost_input,
        entry.cost_output,
        entry.cost_total,
        entry.price_total,
        entry.priced,
        entry.latency_ms,
        str(entry.request_type),
        entry.category,
        str(entry.usage_source),
        entry.status,
        entry.overage_tokens,
        terms.included_tokens,
        terms.overage_per_million,
        entry.price_snapshot,
        tokens.corrected,
        entry.variant,
        entry.cost_estimated,
        entry.cost_strongest,
        entry.classification_cost,
        entry.classification_ms,
        entry.decision,
        entry.tree_id,
    )


def entry_from_object(stored: Mapping[str, object]) -> Entry:
    """Read a row out of its fields by name; others beside them do not matter, nor what an older router left out."""
    known = {name: value for name, value in stored.items() if value is not None}
    terms = {name: known.get(name, 0) for name in ("included_tokens", "overage_per_million")}
    tokens = {name: known.get(column, 0) for name, column in _TOKENS.items()}
    return _ENTRY.validate_python({**known, "tokens": tokens, "terms": terms if any(terms.values()) else None})


def batch_mark(batch: Batch) -> str:
    """Name a batch, as its rows remember it: the writer, a slash, the number."""
    return f"{batch.writer}/{batch.number}"


def key_values(key: DayKey) -> tuple[str, ...]:
    """Return what a day total is kept by: the day as an ISO date, then the fields of `DayKey` in their order."""
    return (
        key.day.isoformat(),
        key.agent_id,
        key.workspace_id,
        key.provider,
        key.model,
        key.tier,
        key.category,
        key.request_type,
        key.variant,
    )
