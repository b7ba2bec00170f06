"""What the router counts, by OpenTelemetry's names for generative AI where it has some; no agent text, no keys.

Names: semantic conventions `gen_ai.client.token.usage` and `gen_ai.client.operation.duration`, written Prometheus' way.
"""

from collections.abc import Callable, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from vutler_router.routing.breaker import BreakerView
from vutler_router.services.answering.tallies import TARGET_LABELS, Tallies, bounded_label

__all__ = ["RequestMetrics"]

_WAITS: Final = (0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60)
"""Seconds; nobody waits longer than the last."""


class RequestMetrics:
    """Counters of one router process, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._failing: set[str] = set()
        self._answers = 0
        self._tallies = Tallies()
        self._registry.register(self._tallies)
        self._failures = Counter(
            "vutler_upstream_failures", "Attempts that failed", [*TARGET_LABELS, "code"], registry=self._registry
        )
        self._unpriced = Counter(
            "vutler_answers_unpriced",
            "Answers of models whose price nobody knows",
            TARGET_LABELS,
            registry=self._registry,
        )
        self._corrected = Counter(
            "vutler_answers_corrected",
            "Answers whose token counts could not be true and were cut",
            TARGET_LABELS,
            registry=self._registry,
        )
        self._queue_waiting = Gauge(
            "vutler_queue_waiting",
            "Requests that wait for their turn at the platform's keys",
            ["provider"],
            registry=self._registry,
        )
        self._queue_waits = Histogram(
            "vutler_queue_wait_seconds",
            "Seconds for which requests waited that had to wait, until their turn",
            ["provider"],
            buckets=_WAITS,
            registry=self._registry,
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

    def show(self, name: str, description: str, value: Callable[[], float]) -> None:
        """Show a value that somebody else keeps, as it is whenever Prometheus asks."""
        Gauge(name, description, registry=self._registry).set_function(value)

    def counter(self, name: str, description: str, labels: Sequence[str] = ()) -> Counter:
        """Make a counter that somebody else counts with; Prometheus reads it as `<name>_total`."""
        return Counter(name, description, labels, registry=self._registry)

    @property
    def answers(self) -> int:
        """Requests that were answered, if only in part: as many as there must be rows."""
        return self._answers

    def answered(self, provider: str, model: str, status: str, seconds: float, tokens: tuple[int, int]) -> None:
        """Count a request that was answered, if only in part; `tokens` are input and output."""
        self._answers += 1
        self._tallies.add(provider, model, status, seconds, tokens)

    def doubtful(self, provider: str, model: str, *, priced: bool) -> None:
        """Count an answer whose cost is not known, or else whose token counts could not be true."""
        (self._corrected if priced else self._unpriced).labels(provider, self._label(model)).inc()

    def queue_changed(self, provider: str, change: int) -> None:
        """Count requests that began (1) or ceased (-1) to wait for a turn at the platform's keys."""
        self._queue_waiting.labels(provider).inc(change)

    def queue_waited(self, provider: str, seconds: float) -> None:
        """Note how long one request waited for its turn."""
        self._queue_waits.labels(provider).observe(seconds)

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
