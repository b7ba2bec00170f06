"""What the router counts, by OpenTelemetry's names for generative AI where it has some; no agent text, no keys.

Names: semantic conventions `gen_ai.client.token.usage` and `gen_ai.client.operation.duration`, written Prometheus' way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from vutler_router.routing.breaker import BreakerView

__all__ = ["RequestMetrics"]

_SECONDS: Final = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
"""The buckets that the conventions advise for durations."""

_TARGET: Final = ("gen_ai_provider_name", "gen_ai_request_model")


@dataclass(frozen=True, slots=True)
class _Series:
    """The counters of one model and status, looked up once."""

    requests: Counter
    duration: Histogram
    tokens_input: Counter
    tokens_output: Counter


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
        self._series: dict[tuple[str, str, str], _Series] = {}
        self._requests = Counter(
            "vutler_requests", "Model requests by how they ended", [*_TARGET, "status"], registry=self._registry
        )
        self._tokens = Counter(
            "gen_ai_client_token_usage", "Tokens used", [*_TARGET, "gen_ai_token_type"], registry=self._registry
        )
        self._duration = Histogram(
            "gen_ai_client_operation_duration_seconds",
            "Seconds from a request's arrival to its answer's end",
            _TARGET,
            registry=self._registry,
            buckets=_SECONDS,
        )
        self._failures = Counter(
            "vutler_upstream_failures", "Attempts that failed", [*_TARGET, "code"], registry=self._registry
        )
        self._breakers = Counter(
            "vutler_breaker_changes", "Breakers that opened or closed", [*_TARGET, "state"], registry=self._registry
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
        series = self._series.get((provider, model, status))
        if series is None:
            series = self._series[provider, model, status] = self._new_series(provider, model, status)
        series.requests.inc()
        series.duration.observe(seconds)
        series.tokens_input.inc(tokens[0])
        series.tokens_output.inc(tokens[1])

    def _new_series(self, provider: str, model: str, status: str) -> "_Series":
        return _Series(
            self._requests.labels(provider, model, status),
            self._duration.labels(provider, model),
            self._tokens.labels(provider, model, "input"),
            self._tokens.labels(provider, model, "output"),
        )

    def attempt_failed(self, provider: str, model: str, code: str) -> None:
        """Count an attempt that brought no answer."""
        self._failures.labels(provider, model, code).inc()

    def breaker_changed(self, breaker: BreakerView) -> None:
        """Count a breaker that opened or closed."""
        provider, model, _ = breaker.key
        self._breakers.labels(provider, model, breaker.state.value).inc()

    def unanswered(self, code: str) -> None:
        """Count a request that nobody answered."""
        self._refusals.labels(code).inc()

    def exposition(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)
