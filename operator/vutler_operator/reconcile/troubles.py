"""Names what is wrong with a pod and what to do, in words that stay the same while the trouble does; pure.

Of a container's own output nothing is shown: it may contain what people wrote.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from vutler_operator import names
from vutler_operator.resources.objects import Manifest

__all__ = ["Trouble", "find_pod_troubles", "judge_refusal"]

_CONFIG_EXIT: Final = 78
"""OpenClaw's exit code for a configuration that it refuses (EX_CONFIG)."""
_STOPPED_EXITS: Final = frozenset({0, 137, 143})
"""How a container ends that was told to: by the kubelet, when a probe failed, or by whoever may."""

_WAITING: Final = {
    "ErrImagePull": "ImagePullBackOff",
    "ImagePullBackOff": "ImagePullBackOff",
    "InvalidImageName": "InvalidImageName",
    "ErrImageNeverPull": "ImagePullBackOff",
    "CreateContainerConfigError": "CreateContainerConfigError",
    "CreateContainerError": "CreateContainerError",
    "RunContainerError": "CreateContainerError",
    "CrashLoopBackOff": "CrashLoopBackOff",
}
"""What a waiting container says, and the reason under which it is shown: two names for one state would alternate."""

_REMEDY: Final = {
    "ImagePullBackOff": "check the image's name and tag, and runtime.imagePullSecrets if the registry needs a login",
    "InvalidImageName": "correct runtime.image",
    "CreateContainerConfigError": "create what the message names; the pod then starts by itself",
    "CreateContainerError": "see the message, and the pod's events",
    "CrashLoopBackOff": "see why with: kubectl logs {pod} --previous",
    "ContainerStopped": "kubectl describe pod {pod} says if a probe failed, kubectl logs {pod} --previous the rest",
    "PrepareFailed": "the volume or its files cannot be written: see kubectl logs {pod} -c prepare",
    "OOMKilled": "raise runtime.resources.limits.memory; OpenClaw needs 1Gi at least, 2Gi is comfortable",
    "InvalidConfig": "OpenClaw refuses its configuration: correct runtime.config; see kubectl logs {pod} --previous",
    "NotReady": "OpenClaw runs but says that it is not ready: see kubectl logs {pod}",
    "Unschedulable": "add capacity, or change runtime.resources, nodeSelector, tolerations or affinity",
    "VolumeNotBound": "usually takes a second; if it stays, see kubectl describe pvc and spec.storage.storageClassName",
    "PodEvicted": "another pod takes its place; if that happens again, raise runtime.resources.requests",
    "QuotaExceeded": "raise the namespace's quota, or lower runtime.resources",
    "PodRefused": "the namespace's quota or policy refuses the pod",
}

_UNBOUND: Final = "unbound immediate PersistentVolumeClaims"
"""The scheduler's words for a volume that is still being made: a step on the way, as a rule."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A reason for the condition, and the message with the remedy."""

    reason: str
    message: str


def find_pod_troubles(pod: Manifest, unavailable_since: str) -> Iterator[Trouble]:
    """Yield what is wrong with a pod.

    Args:
        pod: the pod.
        unavailable_since: since when its Deployment is not available, RFC 3339; empty: not known.
    """
    name, status = pod["metadata"]["name"], pod.get("status") or {}
    if status.get("reason") == "Evicted":
        yield _trouble("PodEvicted", "the node ran out of something and evicted the pod", name)
        return
    for condition in status.get("conditions") or ():
        if condition.get("type") == "PodScheduled" and condition.get("reason") == "Unschedulable":
            message = condition.get("message", "")
            reason = "VolumeNotBound" if _UNBOUND in message else "Unschedulable"
            yield _trouble(reason, _without_counts(message), name)
    for container in status.get("initContainerStatuses") or ():
        yield from _container_troubles(container, name, "", first=True)
    for container in status.get("containerStatuses") or ():
        yield from _container_troubles(container, name, unavailable_since)


def judge_refusal(message: str) -> Trouble:
    """Name why the API server takes no pod.

    Each try is for a pod of another name, and says how much of a quota is used at the moment.
    """
    same = re.sub(r'^pods "[^"]*" is forbidden', "the pod is forbidden", message)
    same = re.sub(r", used: .*?(?=, limited: )", "", same)
    return _trouble("QuotaExceeded" if "exceeded quota" in same else "PodRefused", same, "")


def _container_troubles(
    container: Manifest, pod: str, unavailable_since: str, *, first: bool = False
) -> Iterator[Trouble]:
    state, last = container.get("state") or {}, container.get("lastState") or {}
    waiting, running = state.get("waiting") or {}, state.get("running") or {}
    died = state.get("terminated") or last.get("terminated") or {}
    if container.get("ready"):
        return
    if running and unavailable_since > str(running.get("startedAt") or "~"):
        # It was ready since its last start, so that is not to blame.
        yield _trouble("NotReady", "", pod)
    elif died and (died.get("exitCode") or container.get("restartCount")):
        reason = "PrepareFailed" if first else _death(died, container)
        yield _trouble(reason, _last_words(died, container), pod)
    elif waiting.get("reason") in _WAITING:
        reason = _WAITING[waiting["reason"]]
        yield _trouble(reason, _stable(waiting.get("message", "")), pod)


def _death(died: Manifest, container: Manifest) -> str:
    if died.get("reason") == "OOMKilled":
        return "OOMKilled"
    if died.get("exitCode") == _CONFIG_EXIT and container.get("name") == names.CONTAINER:
        return "InvalidConfig"
    return "ContainerStopped" if died.get("exitCode") in _STOPPED_EXITS else "CrashLoopBackOff"


def _last_words(died: Manifest, container: Manifest) -> str:
    return f"container {container.get('name')} ended with exit code {died.get('exitCode')}"


def _stable(message: str) -> str:
    """Make the kubelet's message the same at each of its tries.

    It counts waiting times up, and shows a failed pull in turn bare and behind `Back-off …: ErrImagePull: `.
    """
    return re.sub(r"([Bb]ack-off) \d\S*", r"\1", message.rpartition("ErrImagePull: ")[2])


def _without_counts(message: str) -> str:
    """Say why no node takes the pod, and not how many nodes there are: that changes all the time."""
    causes = message.partition("available: ")[2].partition(" preemption: ")[0].rstrip(". ")
    if not causes:
        return message
    return "no node takes the pod: " + ", ".join(sorted({re.sub(r"^\d+ ", "", cause) for cause in causes.split(", ")}))


def _trouble(reason: str, detail: str, pod: str) -> Trouble:
    remedy = _REMEDY[reason].format(pod=pod or "the pod")
    return Trouble(reason, f"{detail}: {remedy}" if detail else remedy)
