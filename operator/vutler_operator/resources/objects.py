"""The shapes that all Kubernetes objects share: kinds, references, owners."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from typing_extensions import override

from vutler_operator import names

__all__ = [
    "AGENT",
    "AGENT_TEMPLATE",
    "CHILD_KINDS",
    "CONFIG_MAP",
    "DEPLOYMENT",
    "EVENT",
    "KINDS",
    "LLM_CONFIG",
    "NETWORK_POLICY",
    "PERSISTENT_VOLUME_CLAIM",
    "POD",
    "SECRET",
    "SERVICE",
    "SERVICE_ACCOUNT",
    "Kind",
    "Manifest",
    "ObjectRef",
    "agent_of",
    "decode_key",
    "is_managed",
    "owner_reference",
    "owner_uid",
    "ref_of",
    "uid_of",
    "version_of",
]

Manifest = dict[str, Any]
"""A Kubernetes object as JSON. The one place where `Any` is at home: its shape is the API server's business."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A resource of the API server."""

    group: str
    version: str
    kind: str
    plural: str

    @property
    def api_version(self) -> str:
        """Return the value of `apiVersion`."""
        return f"{self.group}/{self.version}" if self.group else self.version


class ObjectRef(NamedTuple):
    """Names one object: the key of the store, of the index and of the work queue."""

    kind: str
    namespace: str
    name: str

    @override
    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


AGENT: Final = Kind(names.GROUP, names.VERSION, "Agent", "agents")
LLM_CONFIG: Final = Kind(names.GROUP, names.VERSION, "LLMConfig", "llmconfigs")
AGENT_TEMPLATE: Final = Kind(names.GROUP, names.VERSION, "AgentTemplate", "agenttemplates")
SERVICE_ACCOUNT: Final = Kind("", "v1", "ServiceAccount", "serviceaccounts")
SECRET: Final = Kind("", "v1", "Secret", "secrets")
CONFIG_MAP: Final = Kind("", "v1", "ConfigMap", "configmaps")
PERSISTENT_VOLUME_CLAIM: Final = Kind("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims")
SERVICE: Final = Kind("", "v1", "Service", "services")
NETWORK_POLICY: Final = Kind("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies")
DEPLOYMENT: Final = Kind("apps", "v1", "Deployment", "deployments")
POD: Final = Kind("", "v1", "Pod", "pods")
EVENT: Final = Kind("", "v1", "Event", "events")

CHILD_KINDS: Final = (
    SERVICE_ACCOUNT,
    SECRET,
    CONFIG_MAP,
    PERSISTENT_VOLUME_CLAIM,
    NETWORK_POLICY,
    DEPLOYMENT,
    SERVICE,
)
"""What an Agent owns, in the order in which it is written: first what its pod must find, then the Deployment, then the
Service, which nobody needs before the pod is ready and whose address takes the API server longest to give."""

KINDS: Final = {kind.kind: kind for kind in (AGENT, LLM_CONFIG, AGENT_TEMPLATE, *CHILD_KINDS, POD, EVENT)}


def ref_of(obj: Manifest) -> ObjectRef:
    """Name an object."""
    metadata = obj["metadata"]
    return ObjectRef(obj["kind"], metadata.get("namespace", ""), metadata["name"])


def uid_of(obj: Manifest) -> str:
    """Return what tells an object from an earlier one of the same name."""
    return str(obj["metadata"].get("uid", ""))


def version_of(obj: Manifest) -> int:
    """Return the resource version as a number: comparable since Kubernetes 1.35, and in etcd always."""
    text = str(obj["metadata"].get("resourceVersion", ""))
    return int(text) if text.isdecimal() else 0


def is_managed(obj: Manifest) -> bool:
    """Tell whether an object carries the operator's label."""
    return bool((obj["metadata"].get("labels") or {}).get(names.MANAGED_BY_LABEL) == names.MANAGED_BY)


def agent_of(obj: Manifest) -> ObjectRef | None:
    """Name the Agent that a child or pod belongs to by its label."""
    metadata = obj["metadata"]
    agent = (metadata.get("labels") or {}).get(names.AGENT_LABEL)
    return ObjectRef(AGENT.kind, metadata.get("namespace", ""), agent) if agent else None


def owner_reference(owner: Manifest) -> Manifest:
    """Return the reference that makes an Agent the controller of a child."""
    return {
        "apiVersion": AGENT.api_version,
        "kind": AGENT.kind,
        "name": owner["metadata"]["name"],
        "uid": uid_of(owner),
        "controller": True,
        "blockOwnerDeletion": True,
    }


def owner_uid(obj: Manifest) -> str | None:
    """Return the uid of the Agent that controls an object, if one does."""
    for owner in obj["metadata"].get("ownerReferences") or ():
        if owner.get("controller") and owner.get("kind") == AGENT.kind:
            return str(owner["uid"])
    return None


def decode_key(secret: Manifest, key: str) -> bytes | None:
    """Return a Secret's value, or None if it has no such key (or one that is not base64)."""
    value = (secret.get("data") or {}).get(key)
    try:
        return None if value is None else base64.b64decode(value, validate=True)
    except binascii.Error:
        return None
