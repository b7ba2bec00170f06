"""What routing adds to the row of an answer."""

from dataclasses import replace

from vutler_router.metering.ledger import Entry
from vutler_router.metering.pricing import price_answer
from vutler_router.services.answering.exchange import Exchange
from vutler_router.services.routing.answer_lengths import AnswerLengths
from vutler_router.services.routing.metrics import RoutingMetrics

__all__ = ["RoutingRecords"]


class RoutingRecords:
    """Completes rows, and learns from them how long answers are."""

    def __init__(self, lengths: AnswerLengths, metrics: RoutingMetrics) -> None:
        self._lengths = lengths
        self._metrics = metrics

    def completed(self, exchange: Exchange, entry: Entry) -> Entry:
        """Return a request's row with what was decided, what was expected and what the strongest model would cost."""
        decision = exchange.decision
        if decision is None:
            return entry
        price, found = decision.dearest_price, decision.classification
        strongest = price_answer(entry.tokens, price).total if price is not None else 0
        if entry.status == "ok":
            self._lengths.seen(found.category, entry.tokens.output)
        if entry.priced and price is not None:
            self._metrics.answered(found.category, entry.cost_total, strongest)
        return replace(
            entry,
            category=found.category,
            variant=decision.variant.value,
            cost_estimated=decision.estimate,
            cost_strongest=strongest,
            classification_cost=found.cost,
            classification_ms=round(found.seconds * 1000),
            decision=exchange.decided,
        )
