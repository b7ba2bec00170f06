"""The operator's own metrics; each is set by the code that it speaks of."""

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from vutler_operator.reconcile.census import Census
from vutler_operator.reconcile.store import Store

__all__ = ["PHASES", "Metrics"]

PHASES = ("Pending", "Provisioning", "Running", "Degraded", "Stopped", "Failed")

_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_WAITS: Final = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300)
"""A thousand objects at once wait for some seconds; minutes mean that the operator does not keep up."""


class Metrics:
    """Counts and times, with a registry of their own so that two of them can live in one process.

    No label has an Agent's name: their number has no bound, and Prometheus keeps every value for ever.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._census = Census()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        build = Info("vutler_operator_build", "The operator that runs.", registry=self.registry)
        build.info({"version": _version()})
        self.duration = Histogram(
            "vutler_operator_reconcile_duration_seconds",
            "Time of one reconcile; its result is success, conflict (tried again without a word) or error.",
            ["kind", "result"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.errors = Counter(
            "vutler_operator_reconcile_errors",
            "Failed reconciles, by error.",
            ["kind", "reason"],
            registry=self.registry,
        )
        self.agents = Gauge(
            "vutler_operator_agents", "Agents by the phase in their status.", ["phase"], registry=self.registry
        )
        self.not_ready = Gauge(
            "vutler_operator_agents_not_ready",
            "Agents whose condition Ready is not True, by its reason.",
            ["reason"],
            registry=self.registry,
        )
        self.over_plan = Gauge(
            "vutler_operator_agents_over_plan",
            "Agents that have used up this month's plan or a budget of theirs.",
            registry=self.registry,
        )
        self.requests = Counter(
            "vutler_operator_api_requests",
            "Requests to the API server other than watches; without an answer the status is none.",
            ["verb", "resource", "status"],
            registry=self.registry,
        )
        self.request_seconds = Histogram(
            "vutler_operator_api_request_duration_seconds",
            "Time until the API server answered, or did not in time.",
            ["verb", "resource"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.watch_events = Counter(
            "vutler_operator_watch_events",
            "What watches reported; listed: at the start, and again after a watch that could not be resumed.",
            ["kind", "type"],
            registry=self.registry,
        )
        self.resyncs = Counter(
            "vutler_operator_resyncs",
            "Times that everything was read again, by result: success or error.",
            ["result"],
            registry=self.registry,
        )
        self.leader = Gauge(
            "vutler_operator_leader", "1 in the operator that acts, 0 in those that stand by.", registry=self.registry
        )
        self.queue_depth = Gauge(
            "vutler_operator_queue_depth", "Objects that wait for a reconcile.", registry=self.registry
        )
        self.queue_wait = Histogram(
            "vutler_operator_queue_wait_seconds",
            "How long an object waited until a worker took it.",
            buckets=_WAITS,
            registry=self.registry,
        )
        self.rollouts_waiting = Gauge(
            "vutler_operator_rollouts_waiting",
            "Running agents that wait for their turn to be rolled by a change from outside them.",
            registry=self.registry,
        )
        self.router_seconds = Histogram(
            "vutler_operator_router_request_duration_seconds",
            "Time of a request to the router; its result is ok, refused or unreachable.",
            ["operation", "result"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.router_lag = Gauge(
            "vutler_operator_router_sync_lag_seconds",
            "For how long the oldest difference to the router has been waiting.",
            registry=self.registry,
        )

    def watch(self, queue_depth: Callable[[], int], router_lag: Callable[[], float]) -> None:
        """Read these two whenever somebody asks."""
        self.queue_depth.set_function(queue_depth)
        self.router_lag.set_function(router_lag)

    def render(self, store: Store) -> bytes:
        """Return all metrics in Prometheus' text form."""
        counts = self._census.take(store)
        for phase in PHASES:
            self.agents.labels(phase).set(counts.phases[phase])
        self.not_ready.clear()
        for reason, count in counts.not_ready.items():
            self.not_ready.labels(reason).set(count)
        self.over_plan.set(counts.over_plan)
        return generate_latest(self.registry)


def _version() -> str:
    try:
        return version("vutler")
    except PackageNotFoundError:
        return "unknown"
