"""The end of every answered request: its row and its metrics; never the text."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from math import ceil
from typing import Protocol

import structlog

from vutler_router.domain.agent import Agent
from vutler_router.domain.money import Nanos
from vutler_router.domain.plans import Plans, PlanTerms
from vutler_router.domain.usage import TokenCounts
from vutler_router.errors import RouterError, UpstreamError
from vutler_router.metering.ledger import Entry, Ledger, UsageSource
from vutler_router.metering.prices import PriceTable
from vutler_router.metering.pricing import price_answer
from vutler_router.providers.count import Count
from vutler_router.providers.model_request import CHARACTERS_PER_TOKEN, ModelRequest
from vutler_router.providers.target import Target
from vutler_router.services.answering.exchange import Exchange
from vutler_router.services.answering.metrics import RequestMetrics
from vutler_router.settings import ProviderName

__all__ = ["RowCompleter", "Settling", "Status"]

_log = structlog.get_logger(__name__)


class Status(StrEnum):
    """How an answered request ended."""

    OK = "ok"
    ERROR = "error"
    CANCELLED = "cancelled"


class RowCompleter(Protocol):
    """Adds to rows what was decided about their requests."""

    def completed(self, exchange: Exchange, entry: Entry) -> Entry:
        """Return the row with what there is to add."""
        ...


class Settling:
    """Writes down what requests used."""

    def __init__(
        self,
        ledger: Ledger,
        prices: PriceTable,
        plans: Plans,
        metrics: RequestMetrics,
        now: Callable[[], datetime],
        routing: RowCompleter,
    ) -> None:
        self._ledger = ledger
        self._prices = prices
        self._plans = plans
        self._metrics = metrics
        self._now = now
        self._routing = routing

    async def settle(self, exchange: Exchange, target: Target, status: Status, seconds: float, count: Count) -> None:
        """Record one answered request; when it returns, the row is on disk.

        A row that the ledger refuses is an error in the log, not the caller's.

        Args:
            exchange: The request.
            target: Who answered.
            status: How the answer ended.
            seconds: From the request's arrival to that.
            count: What the answer said about itself.
        """
        entry = self._routing.completed(exchange, self._entry(exchange, target, status, seconds, count))
        self._metrics.answered(
            entry.provider, entry.model, entry.status, seconds, (entry.tokens.input, entry.tokens.output)
        )
        if not entry.priced or entry.tokens.corrected:
            self._metrics.doubtful(entry.provider, entry.model, priced=entry.priced)
        exchange.hold.settle(entry.tokens.total, entry.cost_total)
        exchange.paid = Nanos(entry.cost_total) if entry.priced else None
        _log.debug(  # what it says stands in the row; at thousands a second, a line each would be the bottleneck
            "answered",
            request_id=entry.request_id,
            agent=entry.agent_id,
            provider=entry.provider,
            model=entry.model,
            status=entry.status,
            tokens=entry.tokens.total,
            ms=entry.latency_ms,
        )
        try:
            await self._ledger.record(entry)
        except RouterError as error:
            _log.error("usage row lost", request_id=entry.request_id, agent=entry.agent_id, code=error.code)

    def check_room(self) -> None:
        """Refuse a request whose answer could not be written down. Raises `NotReady`."""
        self._ledger.check_room()

    def attempt_failed(self, target: Target, error: UpstreamError) -> None:
        """Count an attempt that brought no answer; it has no row."""
        self._metrics.attempt_failed(target.provider, target.model, error.code)

    def _entry(self, exchange: Exchange, target: Target, status: Status, seconds: float, count: Count) -> Entry:
        agent = exchange.agent
        tokens, source = _tokens(exchange.request, count)
        reported = count.cost if target.provider is ProviderName.OPENROUTER else None
        cost = price_answer(tokens, self._prices.find(target.provider, target.model), reported=reported)
        return Entry(
            request_id=exchange.request_id,
            agent_id=agent.id,
            workspace_id=agent.workspace_id,
            provider=target.provider.value,
            model=target.model,
            tokens=tokens,
            timestamp=self._now(),
            tier=target.tier,
            cost_input=cost.input,
            cost_output=cost.output,
            priced=cost.known,
            latency_ms=round(seconds * 1000),
            usage_source=source,
            status=status.value,
            terms=self._terms(agent, target),
            price_snapshot=cost.snapshot,
            request_type=exchange.place.request_type,
            tree_id=exchange.place.tree_id,
        )

    def _terms(self, agent: Agent, target: Target) -> PlanTerms | None:
        """Return what further tokens cost; who is answered by a cheaper plan keeps what the own one includes."""
        tier = self._plans.find(target.tier) if target.tier else None
        if tier is None:
            return None
        own = self._plans.find(agent.llm.tier) if agent.llm is not None and agent.llm.tier else None
        if own is None or own.included_tokens <= tier.included_tokens:
            return tier.terms
        return PlanTerms(own.included_tokens, tier.overage_per_million)


def _tokens(request: ModelRequest, count: Count) -> tuple[TokenCounts, UsageSource]:
    """Return what the provider counted; what it did not is estimated by length."""
    said = ceil(count.characters / CHARACTERS_PER_TOKEN)
    if count.usage is None:
        return TokenCounts(request.estimated_tokens(), said), UsageSource.ESTIMATED
    if not count.whole:
        return replace(count.usage, output=max(said, count.usage.output)), UsageSource.ESTIMATED
    return count.usage, UsageSource.PROVIDER
