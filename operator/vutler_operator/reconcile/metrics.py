"""The operator's own metrics; each is set by the code that it speaks of."""

from collections import Counter as Tally
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from vutler_operator.reconcile.fair_use import FAIR_USE
from vutler_operator.reconcile.store import Store
from vutler_operator.resources.objects import AGENT, Manifest

__all__ = ["PHASES", "Metrics"]

PHASES = ("Pending", "Provisioning", "Running", "Degraded", "Stopped", "Failed")

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """Counts and times, with a registry of their own so that two of them can live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.duration = Histogram(
            "vutler_operator_reconcile_duration_seconds",
            "Time of one reconcile.",
            ["kind"],
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
        self.over_plan = Gauge(
            "vutler_operator_agents_over_plan",
            "Agents that have used up this month's plan or a budget of theirs.",
            registry=self.registry,
        )
        self.requests = Counter(
            "vutler_operator_api_requests",
            "Requests to the API server other than watches.",
            ["verb", "resource", "status"],
            registry=self.registry,
        )
        self.queue_depth = Gauge(
            "vutler_operator_queue_depth", "Objects that wait for a reconcile.", registry=self.registry
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
        agents = (store.get(ref) or {} for ref in store.refs(AGENT.kind))
        statuses = [agent.get("status") or {} for agent in agents]
        phases = Tally(status.get("phase", "Pending") for status in statuses)
        for phase in PHASES:
            self.agents.labels(phase).set(phases[phase])
        self.over_plan.set(sum(_is_over_plan(status) for status in statuses))
        return generate_latest(self.registry)


def _is_over_plan(status: Manifest) -> bool:
    return any(c["type"] == FAIR_USE and c["status"] == "False" for c in status.get("conditions") or ())
