"""Says in words how an agent's pod is doing, from its Deployment and pods; pure.

A failing pod is tried again and again by the kubelet. Whatever it says in between, the same failure gets the same
words: a status is written when something is new, not at each try.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from vutler_operator.reconcile.troubles import Trouble, find_pod_troubles, judge_refusal
from vutler_operator.resources.deployment import is_available, is_observed
from vutler_operator.resources.objects import Manifest

__all__ = ["Workload", "observe_workload"]

_PASSING: Final = frozenset({"VolumeNotBound", "PodEvicted"})
"""Troubles that usually end by themselves at once."""


@dataclass(frozen=True, slots=True)
class Workload:
    """The state of an agent's pod."""

    state: Literal["Absent", "Stopped", "Starting", "Available", "Failing"]
    reason: str
    message: str


def observe_workload(deployment: Manifest | None, pods: Iterable[Manifest], *, running: bool) -> Workload:
    """Judge the Deployment and pods of one agent."""
    if deployment is None:
        return Workload("Absent", "NotCreated", "the Deployment does not exist yet")
    alive = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
    status, seen = deployment.get("status") or {}, is_observed(deployment)
    if not running:
        if seen and not status.get("replicas") and not alive:
            return Workload("Stopped", "Stopped", "spec.running is false; the state is kept, set it to true to start")
        return Workload("Starting", "Stopping", "the pod is shutting down")
    if is_available(deployment):
        return Workload("Available", "PodReady", "the pod is ready")
    trouble = next(_find_troubles(status if seen else {}, alive), None)
    if trouble is None:
        return Workload("Starting", "PodStarting", "the pod is starting; OpenClaw takes about 20 seconds")
    return Workload("Starting" if trouble.reason in _PASSING else "Failing", trouble.reason, trouble.message)


def _find_troubles(status: Manifest, pods: list[Manifest]) -> Iterator[Trouble]:
    """Yield what keeps the pod from being ready, the nearest cause first.

    Args:
        status: the Deployment's; empty if it speaks of an earlier generation.
        pods: those not about to go.
    """
    conditions = {found.get("type"): found for found in status.get("conditions") or ()}
    if pods:
        yield from find_pod_troubles(max(pods, key=_age), _unavailable_since(conditions.get("Available", {})))
    refusal = conditions.get("ReplicaFailure", {})
    if refusal.get("status") == "True":
        yield judge_refusal(refusal.get("message", ""))
    progress = conditions.get("Progressing", {})
    if progress.get("reason") == "ProgressDeadlineExceeded":
        yield Trouble(
            "ProgressDeadlineExceeded",
            "no pod became ready in ten minutes: kubectl describe pod and kubectl logs say what it waits for",
        )


def _age(pod: Manifest) -> tuple[bool, str]:
    """Order pods so that the last is the one that counts: what was evicted stays in the list, and is the past."""
    is_over = (pod.get("status") or {}).get("phase") in {"Failed", "Succeeded"}
    return not is_over, str(pod["metadata"].get("creationTimestamp", ""))


def _unavailable_since(available: Manifest) -> str:
    return str(available.get("lastTransitionTime", "")) if available.get("status") == "False" else ""
