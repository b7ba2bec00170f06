"""How a decision is shown and kept, by the names of the API; money in USD."""

from vutler_router.domain.llm_json import JsonObject
from vutler_router.domain.money import Nanos, to_usd
from vutler_router.domain.usage import TokenCounts
from vutler_router.metering.pricing import price_answer
from vutler_router.providers.target import Target
from vutler_router.routing.breaker import Breakers, BreakerState, BreakerView
from vutler_router.services.routing.decision import Decision

__all__ = ["candidate_view", "decision_view"]


def decision_view(decision: Decision, breakers: Breakers, *, public: bool) -> JsonObject:
    """Show a decision.

    Args:
        decision: What was decided.
        breakers: Tell which of the models are asked at all now.
        public: Leave out every word of the person's, so that it may be kept.
    """
    found = decision.classification
    states = [breakers.find(target.identity) for target in decision.targets]
    first = next((place for place, state in enumerate(states) if _is_asked(state)), 0)
    chosen = decision.targets[first]
    return {
        "mode": decision.mode.value,
        "category": found.category,
        "confidence": found.confidence,
        "classifier": found.classifier.value,
        "signals": list(found.public_signals if public else found.signals),
        "scores": dict(found.scores),
        "not_asked": list(found.not_asked),
        "classification_ms": round(found.seconds * 1000),
        "classification_cost": to_usd(found.cost),
        "provider": chosen.provider.value,
        "model": chosen.model,
        "variant": decision.variant.value or None,
        "estimated": {
            "tokens_input": decision.tokens[0],
            "tokens_output": decision.tokens[1],
            "cost": _usd(decision.estimates[first]),
        },
        "strongest": _strongest_view(decision),
        "candidates": [
            candidate_view(target, state, listed=place < decision.listed, estimate=decision.estimates[place])
            for place, (target, state) in enumerate(zip(decision.targets, states, strict=True))
        ],
        "passed_over": [{"model": one.model, "reason": one.reason} for one in decision.passed_over],
    }


def candidate_view(target: Target, breaker: BreakerView | None, *, listed: bool, estimate: Nanos | None) -> JsonObject:
    """Show one model that may answer: whether the category's list names it, and whether it is asked at all now."""
    return {
        "provider": target.provider.value,
        "model": target.model,
        "listed": listed,
        "last_resort": target.last_resort,
        "breaker": BreakerState.CLOSED.value if breaker is None else breaker.state.value,
        "breaker_reason": breaker.reason if breaker is not None and not _is_asked(breaker) else None,
        "estimated_cost": _usd(estimate),
    }


def _strongest_view(decision: Decision) -> JsonObject | None:
    if decision.dearest is None or decision.dearest_price is None:
        return None
    cost = price_answer(TokenCounts(*decision.tokens), decision.dearest_price).total
    return {
        "provider": decision.dearest.provider.value,
        "model": decision.dearest.model,
        "estimated_cost": to_usd(cost),
    }


def _is_asked(breaker: BreakerView | None) -> bool:
    return breaker is None or breaker.state is not BreakerState.OPEN


def _usd(amount: Nanos | None) -> float | None:
    return None if amount is None else to_usd(amount)
