"""The Lease by which operators agree on the one that acts (coordination.k8s.io/v1)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from vutler_operator.resources.objects import Kind, Manifest

__all__ = ["LEASE", "Lease", "micro_time", "parse_lease", "render_lease"]

LEASE: Final = Kind("coordination.k8s.io", "v1", "Lease", "leases")


@dataclass(frozen=True, slots=True)
class Lease:
    """A Lease as it was seen, or as it is to be written."""

    holder: str
    """Who acts; empty: nobody."""
    duration_seconds: int
    """For how long others wait after a renewal that they saw."""
    acquired: str
    """RFC 3339, by the holder's clock; for people to read."""
    renewed: str
    """The same. Others look only at whether it changed, never at what it says."""
    transitions: int
    """How often the holder was another one than before."""
    version: str = ""
    """Resource version; empty: it is not there yet."""


def parse_lease(obj: Manifest) -> Lease:
    """Read a Lease; what somebody else left out is empty."""
    spec = obj.get("spec") or {}
    return Lease(
        holder=str(spec.get("holderIdentity") or ""),
        duration_seconds=int(spec.get("leaseDurationSeconds") or 0),
        acquired=str(spec.get("acquireTime") or ""),
        renewed=str(spec.get("renewTime") or ""),
        transitions=int(spec.get("leaseTransitions") or 0),
        version=str(obj["metadata"].get("resourceVersion", "")),
    )


def render_lease(lease: Lease, namespace: str, name: str) -> Manifest:
    """Return the object for a creation, or the merge patch that succeeds only on the version that was seen."""
    metadata = {"name": name, "namespace": namespace}
    spec = {
        # None removes the field: an API server may refuse an empty name.
        "holderIdentity": lease.holder or None,
        "leaseDurationSeconds": lease.duration_seconds,
        "acquireTime": lease.acquired or None,
        "renewTime": lease.renewed or None,
        "leaseTransitions": lease.transitions,
    }
    if lease.version:
        metadata["resourceVersion"] = lease.version
    return {"apiVersion": LEASE.api_version, "kind": LEASE.kind, "metadata": metadata, "spec": spec}


def micro_time(now: datetime) -> str:
    """Render a time as the fields of a Lease take it: with microseconds."""
    return now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
