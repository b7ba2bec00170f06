"""Every name that the operator gives or reads: objects, labels, annotations, keys, ports.

They are a contract with users, with the router and with the chart; nothing else spells them.
"""

import hashlib
from collections.abc import Collection
from typing import Final

__all__ = [
    "AGENTS_MD",
    "AGENT_LABEL",
    "CONFIG_KEY",
    "CONTAINER",
    "DESIRED_HASH",
    "FIELD_MANAGER",
    "GATEWAY_PORT",
    "GATEWAY_PORT_NAME",
    "GATEWAY_TOKEN",
    "GROUP",
    "INPUTS_DIGEST",
    "MANAGED_BY",
    "MANAGED_BY_LABEL",
    "MINTED_AT",
    "ROLLED_FOR",
    "ROTATED_FOR",
    "ROTATE_TOKENS",
    "ROUTER_LABELS",
    "ROUTER_TOKEN",
    "VERSION",
    "agent_id",
    "agent_labels",
    "config_name",
    "credentials_name",
    "lease_name",
    "selector_labels",
    "skill_key",
    "split_agent_id",
    "state_name",
]

GROUP: Final = "vutler.io"
VERSION: Final = "v1alpha1"

FIELD_MANAGER: Final = "vutler-operator"
"""Under this name the API server records which fields are the operator's."""


_LEASE: Final = "vutler-operator"

AGENT_LABEL: Final = "vutler.io/agent"
MANAGED_BY_LABEL: Final = "app.kubernetes.io/managed-by"
MANAGED_BY: Final = "vutler-operator"

DESIRED_HASH: Final = "vutler.io/desired-hash"
"""On each child: hash of the manifest it was last written from."""
INPUTS_DIGEST: Final = "vutler.io/inputs"
"""On the pod template: keyed digest of what must roll the pod but is not in the pod template itself."""
ROTATE_TOKENS: Final = "vutler.io/rotate-tokens"
"""On an Agent: each new value mints new tokens."""
ROTATED_FOR: Final = "vutler.io/rotated-for"
"""On the credentials Secret: the value of `ROTATE_TOKENS` that its tokens were minted for."""
MINTED_AT: Final = "vutler.io/minted-at"
"""On the credentials Secret: when its tokens were minted (RFC 3339); on the Deployment: when its pod's were."""
ROLLED_FOR: Final = "vutler.io/rolled-for"
"""On a Deployment whose last change came from outside its Agent: from which template, or of which namespace."""

CONFIG_KEY: Final = "openclaw.json"
AGENTS_MD: Final = "AGENTS.md"
ROUTER_TOKEN: Final = "router-token"  # noqa: S105  the name of a key, not its value
GATEWAY_TOKEN: Final = "gateway-token"  # noqa: S105  the name of a key, not its value

CONTAINER: Final = "openclaw"
GATEWAY_PORT: Final = 18789
GATEWAY_PORT_NAME: Final = "gateway"

ROUTER_LABELS: Final = {"app.kubernetes.io/name": "vutler", "app.kubernetes.io/component": "router"}


def config_name(agent: str) -> str:
    """Name the ConfigMap of an agent."""
    return f"{agent}-config"


def credentials_name(agent: str) -> str:
    """Name the Secret that holds an agent's own tokens."""
    return f"{agent}-credentials"


def state_name(agent: str) -> str:
    """Name the volume claim that holds an agent's state."""
    return f"{agent}-state"


def skill_key(skill: str) -> str:
    """Name a skill's key in the ConfigMap; the pod's initContainer takes the skill's name from it."""
    return f"skill.{skill}.md"


def lease_name(watched: Collection[str]) -> str:
    """Name the Lease whose holder acts, for operators that watch these namespaces; none: the whole cluster.

    Those that watch other ones do other work, and act beside it. The chart grants the same name.
    """
    if not watched:
        return _LEASE
    return f"{_LEASE}-{hashlib.sha256(','.join(sorted(set(watched))).encode()).hexdigest()[:8]}"


def agent_id(namespace: str, name: str) -> str:
    """Return an agent's id in the router."""
    return f"{namespace}.{name}"


def split_agent_id(identifier: str) -> tuple[str, str]:
    """Return the namespace and name of a router id; neither can contain a dot."""
    namespace, _, name = identifier.partition(".")
    return namespace, name


def selector_labels(agent: str) -> dict[str, str]:
    """Return the labels that select an agent's pods; immutable in a Deployment, so never more than needed."""
    return {"app.kubernetes.io/name": "openclaw", "app.kubernetes.io/instance": agent}


def agent_labels(agent: str) -> dict[str, str]:
    """Return the labels of each child and pod of an agent."""
    own = {MANAGED_BY_LABEL: MANAGED_BY, "app.kubernetes.io/part-of": "vutler", AGENT_LABEL: agent}
    return {**selector_labels(agent), **own}
