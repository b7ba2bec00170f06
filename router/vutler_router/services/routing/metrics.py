"""What is counted of routing; categories are few, and no metric holds a word of a prompt."""

from vutler_router.domain.money import to_usd
from vutler_router.services.answering.metrics import RequestMetrics
from vutler_router.services.answering.tallies import bounded_label
from vutler_router.services.routing.decision import Classifier, Decision
from vutler_router.services.routing.model_classifier import Asked

__all__ = ["RoutingMetrics"]


class RoutingMetrics:
    """Counters among those of the process."""

    def __init__(self, metrics: RequestMetrics) -> None:
        self._known: set[str] = set()
        self._routed = metrics.counter(
            "vutler_routed_requests", "Requests whose model was chosen by what is asked", ["category", "classifier"]
        )
        self._asked = metrics.counter(
            "vutler_classifications", "Questions to a model about a request's category", ["classifier", "result"]
        )
        self._seconds = metrics.counter(
            "vutler_classification_seconds", "Seconds that requests waited for such answers", ["classifier"]
        )
        self._cost = metrics.counter(
            "vutler_classification_cost_usd", "What such answers cost, in USD; charged to nobody", ["classifier"]
        )
        self._charged = metrics.counter(
            "vutler_routed_cost_usd", "What providers charge for routed requests of known price, in USD", ["category"]
        )
        self._strongest = metrics.counter(
            "vutler_routed_cost_of_strongest_usd",
            "What the dearest model of each would have charged for the same tokens, in USD",
            ["category"],
        )

    def routed(self, decision: Decision) -> None:
        """Count a request that was routed."""
        self._routed.labels(self._label(decision.category), decision.classification.classifier.value).inc()

    def asked(self, classifier: Classifier, seconds: float, asked: Asked) -> None:
        """Count a question, what came of it and what it took."""
        self._asked.labels(classifier.value, "answered" if asked.category else "unusable").inc()
        self._seconds.labels(classifier.value).inc(seconds)
        self._cost.labels(classifier.value).inc(to_usd(asked.cost))

    def answered(self, category: str, cost: int, strongest: int) -> None:
        """Count what an answer cost, and what it would have cost of the strongest model; both 1e-9 USD."""
        label = self._label(category)
        self._charged.labels(label).inc(to_usd(cost))
        self._strongest.labels(label).inc(to_usd(strongest))

    def _label(self, category: str) -> str:
        """Return a category's label; every agent may have some of its own, and only so many are told apart."""
        if category not in self._known:
            category = bounded_label(category, len(self._known))
            self._known.add(category)
        return category
