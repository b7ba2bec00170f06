"""Builds the volume claim that keeps an agent's sessions and memory."""

from vutler_operator import names
from vutler_operator.builders.inputs import AgentInputs
from vutler_operator.builders.metadata import child_metadata
from vutler_operator.resources.objects import PERSISTENT_VOLUME_CLAIM, Manifest

__all__ = ["build_pvc"]


def build_pvc(inputs: AgentInputs) -> Manifest | None:
    """Build the claim, or None where the state is ephemeral. It is only ever created: a claim is immutable."""
    storage = inputs.spec.storage
    if storage.ephemeral:
        return None
    class_name = {} if storage.storage_class_name is None else {"storageClassName": storage.storage_class_name}
    return {
        "apiVersion": PERSISTENT_VOLUME_CLAIM.api_version,
        "kind": PERSISTENT_VOLUME_CLAIM.kind,
        "metadata": child_metadata(inputs, names.state_name(inputs.name)),
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "volumeMode": "Filesystem",
            "resources": {"requests": {"storage": storage.size}},
            **class_name,
        },
    }
