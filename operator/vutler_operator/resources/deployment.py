"""What a Deployment says of its pod."""

from vutler_operator.resources.objects import Manifest

__all__ = ["is_available", "is_observed"]


def is_observed(deployment: Manifest) -> bool:
    """Tell whether its status speaks of the Deployment as it is now, and not of an earlier generation."""
    seen = (deployment.get("status") or {}).get("observedGeneration", 0)
    return bool(seen >= deployment["metadata"].get("generation", 0))


def is_available(deployment: Manifest) -> bool:
    """Tell whether a pod of its newest template is ready."""
    status = deployment.get("status") or {}
    return bool(is_observed(deployment) and status.get("updatedReplicas") and status.get("availableReplicas"))
