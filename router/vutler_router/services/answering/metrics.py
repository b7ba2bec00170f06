"""What the router counts, by OpenTelemetry's names for generative AI where it has some; no agent text, no keys.

Names: semantic conventions `gen_ai.client.token.usage` and `gen_ai.client.operation.duration`, written Prometheus' way.
"""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from vutler_router.routing.breaker import BreakerView
from vutler_router.services.answering.tallies import TARGET_LABELS, Tallies, bounded_label

__all__ = ["RequestMetrics"]


class RequestMetrics:
    """Counters of one router process, in a registry of their own.

    Args:
        rows_waiting: How many usage rows wait for the database.
        agents: How many agents are known.
        breakers_open: How many breakers are open.
    """

    def __init__(
        self, rows_waiting: Callable[[], float], agents: Callable[[], float], breakers_open: Callable[[], float]
    ) -> None:
        self._registry = CollectorRegistry()
        self._failing: set[str] = set()
        self._tallies = Tallies()
        self._registry.register(self._tallies)
        self._failures = Counter(
            "vutler_upstream_failures", "Attempts that failed", [*TARGET_LABELS, "code"], registry=self._registry
        )
        self._breakers = Counter(
            "vutler_breaker_changes",
            "Breakers that opened or closed",
            [*TARGET_LABELS, "state"],
            registry=self._registry,
        )
        self._refusals = Counter(
            "vutler_requests_unanswered",
            "Model requests that got an error instead of an answer",
            ["code"],
            registry=self._registry,
        )
        opened = Gauge("vutler_breakers_open", "Breakers that are open", registry=self._registry)
        opened.set_function(breakers_open)
        waiting = Gauge("vutler_ledger_rows_waiting", "Usage rows not yet in the database", registry=self._registry)
        waiting.set_function(rows_waiting)
        known = Gauge("vutler_agents", "Agents this router knows", registry=self._registry)
        known.set_function(agents)

    def answered(self, provider: str, model: str, status: str, seconds: float, tokens: tuple[int, int]) -> None:
        """Count a request that was answered, if only in part; `tokens` are input and output."""
        self._tallies.add(provider, model, status, seconds, tokens)

    def attempt_failed(self, provider: str, model: str, code: str) -> None:
        """Count an attempt that brought no answer."""
        self._failures.labels(provider, self._label(model), code).inc()

    def breaker_changed(self, breaker: BreakerView) -> None:
        """Count a breaker that opened or closed."""
        provider, model, _ = breaker.key
        self._breakers.labels(provider, self._label(model), breaker.state.value).inc()

    def unanswered(self, code: str) -> None:
        """Count a request that nobody answered."""
        self._refusals.labels(code).inc()

    def _label(self, model: str) -> str:
        """Return the label of a model that failed; as with answers, only so many are told apart."""
        if model not in self._failing:
            model = bounded_label(model, len(self._failing))
            self._failing.add(model)
        return model

    def exposition(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)
