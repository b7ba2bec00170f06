"""Makes what holds agents to their limits and gives them turns."""

import time
import uuid

from vutler_router.container.clocks import utc_now
from vutler_router.domain.plans import Plans
from vutler_router.services.answering.metrics import RequestMetrics
from vutler_router.services.answering.pacing import KeyPacer
from vutler_router.services.limiting.gate import LimitGate
from vutler_router.settings import Settings
from vutler_router.storage import Storage

__all__ = ["build_gate", "build_pacer"]


def build_pacer(settings: Settings, plans: Plans, metrics: RequestMetrics) -> KeyPacer:
    """Make what gives turns at the platform's keys; who waits for them leaves others half of the process's places."""
    return KeyPacer(
        settings.managed_rates,
        plans,
        metrics,
        time.monotonic,
        most=max(settings.max_concurrency // 2, 1),
        most_of_one=max(settings.max_concurrency // 10, 1),
    )


def build_gate(storage: Storage, plans: Plans, metrics: RequestMetrics) -> LimitGate:
    """Make what holds agents to their limits, under a name that no other process has."""
    refusals = metrics.counter("vutler_limit_refusals", "Requests refused because of an agent's limit", ["limit"])
    gate = LimitGate(
        storage.limits,
        storage.usage,
        plans,
        utc_now,
        holder=uuid.uuid4().hex[:12],
        refused=lambda limit: refusals.labels(limit.value).inc(),
    )
    metrics.show(
        "vutler_limit_reservations", "Requests of limited agents under way in this process", lambda: gate.reservations
    )
    return gate
