"""The metadata that every child shares."""

from vutler_operator import names
from vutler_operator.builders.inputs import AgentInputs
from vutler_operator.resources.objects import Manifest, owner_reference

__all__ = ["child_metadata"]


def child_metadata(inputs: AgentInputs, name: str, annotations: dict[str, str] | None = None) -> Manifest:
    """Return name, labels and the owner reference through which the child goes when its Agent goes."""
    metadata: Manifest = {
        "name": name,
        "namespace": inputs.namespace,
        "labels": names.agent_labels(inputs.name),
        "ownerReferences": [owner_reference(inputs.owner)],
    }
    return metadata | ({"annotations": annotations} if annotations else {})
