"""Says in words how an agent's pod is doing, from its Deployment and pods; pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from vutler_operator import names
from vutler_operator.resources.objects import Manifest

__all__ = ["Workload", "observe_workload"]

_CONFIG_EXIT: Final = 78
"""OpenClaw's exit code for a configuration that it refuses (EX_CONFIG)."""

_WAITING: Final = {
    "ErrImagePull": "ImagePullBackOff",
    "ImagePullBackOff": "ImagePullBackOff",
    "InvalidImageName": "InvalidImageName",
    "ErrImageNeverPull": "ImagePullBackOff",
    "CreateContainerConfigError": "CreateContainerConfigError",
    "CreateContainerError": "CreateContainerError",
    "CrashLoopBackOff": "CrashLoopBackOff",
}
"""What a waiting container says, and the reason under which it is shown: two names for one state would alternate."""

_REMEDY: Final = {
    "ImagePullBackOff": "check the image's name and tag, and runtime.imagePullSecrets if the registry needs a login",
    "InvalidImageName": "correct runtime.image",
    "CreateContainerConfigError": "create what the message names; the pod then starts by itself",
    "CreateContainerError": "see the message, and the pod's events",
    "CrashLoopBackOff": "see why with: kubectl logs {pod} --previous",
    "OOMKilled": "raise runtime.resources.limits.memory; OpenClaw needs 1Gi at least, 2Gi is comfortable",
    "InvalidConfig": "OpenClaw refuses its configuration: correct runtime.config; see kubectl logs {pod} --previous",
    "Unschedulable": "add capacity, or change runtime.resources, nodeSelector, tolerations or affinity",
    "VolumeNotBound": "usually takes a second; if it stays, see kubectl describe pvc and spec.storage.storageClassName",
    "PodRefused": "the namespace's quota or policy refuses the pod",
    "ProgressDeadlineExceeded": "see the pod's events and logs",
}

_UNBOUND: Final = "unbound immediate PersistentVolumeClaims"
"""The scheduler's words for a volume that is still being made: a step on the way, as a rule."""


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
    status = deployment.get("status") or {}
    seen = status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
    if not running:
        if seen and not status.get("replicas") and not alive:
            return Workload("Stopped", "Stopped", "spec.running is false; the state is kept, set it to true to start")
        return Workload("Starting", "Stopping", "the pod is shutting down")
    if seen and status.get("availableReplicas") and status.get("updatedReplicas"):
        return Workload("Available", "PodReady", "the pod is ready")
    trouble = next(_troubles(deployment, alive), None)
    if trouble is not None:
        return trouble
    return Workload("Starting", "PodStarting", "the pod is starting; OpenClaw takes about 20 seconds")


def _troubles(deployment: Manifest, pods: list[Manifest]) -> Iterator[Workload]:
    for pod in sorted(pods, key=lambda pod: str(pod["metadata"].get("creationTimestamp", "")), reverse=True):
        yield from _pod_troubles(pod)
    for condition in (deployment.get("status") or {}).get("conditions") or ():
        if condition.get("type") == "ReplicaFailure" and condition.get("status") == "True":
            yield _trouble("PodRefused", condition.get("message", ""), "")
        if condition.get("type") == "Progressing" and condition.get("reason") == "ProgressDeadlineExceeded":
            yield _trouble("ProgressDeadlineExceeded", condition.get("message", ""), "")


def _pod_troubles(pod: Manifest) -> Iterator[Workload]:
    name, status = pod["metadata"]["name"], pod.get("status") or {}
    for condition in status.get("conditions") or ():
        if condition.get("type") == "PodScheduled" and condition.get("reason") == "Unschedulable":
            message = condition.get("message", "")
            reason = "VolumeNotBound" if _UNBOUND in message else "Unschedulable"
            yield _trouble(reason, message, name)
    statuses = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
    for container in statuses:
        yield from _container_troubles(container, name)


def _container_troubles(container: Manifest, pod: str) -> Iterator[Workload]:
    state, last = container.get("state") or {}, container.get("lastState") or {}
    waiting = state.get("waiting") or {}
    died = state.get("terminated") or last.get("terminated") or {}
    if died and (died.get("exitCode") or container.get("restartCount")) and not container.get("ready"):
        yield _trouble(_death(died, container), _last_words(died, container), pod)
    elif waiting.get("reason") in _WAITING:
        yield _trouble(_WAITING[waiting["reason"]], _stable(waiting.get("message", "")), pod)


def _death(died: Manifest, container: Manifest) -> str:
    if died.get("reason") == "OOMKilled":
        return "OOMKilled"
    if died.get("exitCode") == _CONFIG_EXIT and container.get("name") == names.CONTAINER:
        return "InvalidConfig"
    return "CrashLoopBackOff"


def _last_words(died: Manifest, container: Manifest) -> str:
    """Say how the container ended. Its own output stays in the pod's log: it may contain what people wrote."""
    return f"container {container.get('name')} ended with exit code {died.get('exitCode')}"


def _stable(message: str) -> str:
    """Make the kubelet's message the same at each of its tries: every difference would be a write.

    It counts waiting times up, and shows a failed pull in turn bare and behind `Back-off …: ErrImagePull: `.
    """
    return re.sub(r"([Bb]ack-off) \d\S*", r"\1", message.rpartition("ErrImagePull: ")[2])


def _trouble(reason: str, detail: str, pod: str) -> Workload:
    remedy = _REMEDY[reason].format(pod=pod or "the pod")
    state: Literal["Starting", "Failing"] = "Starting" if reason == "VolumeNotBound" else "Failing"
    return Workload(state, reason, f"{detail}: {remedy}" if detail else remedy)
