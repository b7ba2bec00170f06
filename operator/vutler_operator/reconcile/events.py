"""Turns a transition of the Ready condition into a Kubernetes Event; pure."""

from typing import Final

from vutler_operator import names
from vutler_operator.resources.objects import Manifest, uid_of

__all__ = ["build_event", "ready_of"]

_QUIET: Final = frozenset({"PodStarting", "SyncPending", "NotCreated", "Stopping", "VolumeNotBound"})
"""Steps on the way that say nothing to anybody."""


def ready_of(status: Manifest) -> Manifest:
    """Return the Ready condition of a status, empty if it has none."""
    found: Manifest = next((c for c in status.get("conditions") or () if c["type"] == "Ready"), {})
    return found


def build_event(obj: Manifest, status: Manifest, *, now: str, suffix: str) -> Manifest | None:
    """Build the Event for going from an object's status to a new one, or None if there is nothing to tell.

    Args:
        obj: the Agent or LLMConfig with its status before.
        status: the status after.
        now: RFC 3339.
        suffix: makes the Event's name unique.
    """
    before, after = ready_of(obj.get("status") or {}), ready_of(status)
    if (before.get("status"), before.get("reason")) == (after.get("status"), after.get("reason")):
        return None
    if after.get("reason") in _QUIET:
        return None
    metadata = obj["metadata"]
    well = after.get("status") == "True" or after.get("reason") == "Stopped"
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{metadata['name'][:180]}.{suffix}", "namespace": metadata["namespace"]},
        "involvedObject": {
            "apiVersion": obj["apiVersion"],
            "kind": obj["kind"],
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "uid": uid_of(obj),
            "resourceVersion": metadata.get("resourceVersion", ""),
        },
        "type": "Normal" if well else "Warning",
        "reason": after.get("reason", ""),
        "message": after.get("message", "")[:1000],
        "source": {"component": names.FIELD_MANAGER},
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }
