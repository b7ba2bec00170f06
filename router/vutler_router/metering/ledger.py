"""The record of one answered request, and the port the request path writes it to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from vutler_router.domain.plans import PlanTerms
from vutler_router.domain.usage import TokenCounts

__all__ = ["Entry", "Ledger", "NullLedger", "RequestType", "RowReader", "UsageSource"]


class UsageSource(StrEnum):
    """Where token counts come from."""

    PROVIDER = "provider"
    ESTIMATED = "estimated"


class RequestType(StrEnum):
    """What a model was asked for."""

    CHAT = "chat"
    EMAIL = "email"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class Entry:
    """One answered request: a row of `token_usage`. Money in 1e-9 USD.

    Attributes:
        request_id: Unique; the same id written again changes nothing.
        provider: Who answered.
        model: Which model answered, by the provider's name.
        tier: The plan whose key paid; empty for a user's own key.
        cost_input: What the provider charges for the input.
        cost_output: The same for the output.
        price_total: What the platform charges for it beyond the plan; the ledger's store finds it, which alone knows
            the month's use in order.
        priced: False when the model has no known price and the cost is therefore unknown, not zero.
        latency_ms: From the request's arrival to its answer's end.
        category: What routing made of the request; empty without routing.
        status: `ok`, `error` (broke after it began) or `cancelled` (the caller hung up).
        timestamp: When the answer ended, UTC.
        terms: The plan's price of further tokens at that moment; None without a plan.
        price_snapshot: The model's prices at that moment, as `Cost.snapshot` writes them.
        overage_tokens: The part of its tokens that goes beyond the plan; found by the ledger's store.
        variant: Where the category compares models: `a` (the first of its models) or `b` (the one compared with it);
            else empty.
        cost_estimated: What the answer was expected to cost before it was asked for; 0 without routing.
        cost_strongest: What the dearest model that could have answered would have charged for the same tokens; 0
            without routing, or when no price is known.
        classification_cost: What finding the category cost; in no other sum and never charged.
        classification_ms: How long finding the category took.
        decision: The routing decision as JSON, without any word of the prompt; empty without routing.
        tree_id: The tree of asks in whose course the request was made; empty outside of one.
    """

    request_id: str
    agent_id: str
    workspace_id: str
    provider: str
    model: str
    tokens: TokenCounts
    timestamp: datetime
    tier: str = ""
    cost_input: int = 0
    cost_output: int = 0
    price_total: int = 0
    priced: bool = True
    latency_ms: int = 0
    request_type: RequestType = RequestType.CHAT
    category: str = ""
    usage_source: UsageSource = UsageSource.PROVIDER
    status: str = "ok"
    terms: PlanTerms | None = None
    price_snapshot: str = ""
    overage_tokens: int = 0
    variant: str = ""
    cost_estimated: int = 0
    cost_strongest: int = 0
    classification_cost: int = 0
    classification_ms: int = 0
    decision: str = ""
    tree_id: str = ""

    @property
    def cost_total(self) -> int:
        """What the provider charges in all."""
        return self.cost_input + self.cost_output

    @property
    def saved(self) -> int:
        """What the strongest model would have cost more, below zero if less; 0 where one of the costs is unknown."""
        return self.cost_strongest - self.cost_total if self.cost_strongest > 0 and self.priced else 0


class Ledger(Protocol):
    """Takes rows from the request path."""

    def check_room(self) -> None:
        """Refuse a request whose answer could not be written down. Raises `NotReady`."""
        ...

    async def record(self, entry: Entry) -> None:
        """Take one row, which is safe from a crash when this returns, whoever waits for that or not.

        Idempotent by `request_id`. Raises `NotReady` once closed.
        """
        ...


class RowReader(Protocol):
    """Looks up what was recorded of one request."""

    async def find(self, request_id: str) -> Entry | None:
        """Return the row of a request, as it was kept; None where there is none, or none yet.

        Raises:
            StorageError: The database does not answer in time.
        """
        ...


class NullLedger:
    """Forgets every row, for tools and tests that do not bill."""

    def check_room(self) -> None:
        """See `Ledger.check_room`."""

    async def record(self, entry: Entry) -> None:
        """See `Ledger.record`."""
