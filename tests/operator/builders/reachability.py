"""Answers in words what a NetworkPolicy lets through, as the API's documentation defines it.

What is evaluated is the policy's content; whether a cluster enforces it is its network plugin's business.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Policy = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod with an address."""

    namespace: str
    labels: Mapping[str, str] = field(default_factory=dict)
    address: str = "10.244.1.9"


@dataclass(frozen=True, slots=True)
class Address:
    """Something that is no pod: a host on the internet, a node, a cloud's own service."""

    address: str


Peer = Pod | Address


def may_reach(policy: Policy, to: Peer, port: int, protocol: str = "TCP") -> bool:
    """Tell whether a pod that the policy selects may open a connection."""
    return _allows(policy, "Egress", "to", to, port, protocol)


def may_be_reached(policy: Policy, by: Peer, port: int, protocol: str = "TCP") -> bool:
    """Tell whether a pod that the policy selects may be connected to at a port of its own."""
    return _allows(policy, "Ingress", "from", by, port, protocol)


def selects(policy: Policy, pod: Pod) -> bool:
    """Tell whether the policy is about a pod."""
    return pod.namespace == policy["metadata"]["namespace"] and _matches(policy["spec"]["podSelector"], pod.labels)


def _allows(policy: Policy, direction: str, side: str, peer: Peer, port: int, protocol: str) -> bool:
    spec = policy["spec"]
    if direction not in spec["policyTypes"]:
        return True
    rules = spec.get(direction.lower()) or ()
    return any(_rule_allows(rule, side, policy["metadata"]["namespace"], peer, port, protocol) for rule in rules)


def _rule_allows(rule: Policy, side: str, home: str, peer: Peer, port: int, protocol: str) -> bool:
    ports, peers = rule.get("ports") or (), rule.get(side) or ()
    at_port = not ports or any(
        entry["protocol"] == protocol and entry["port"] <= port <= entry.get("endPort", entry["port"])
        for entry in ports
    )
    return at_port and (not peers or any(_is_peer(entry, home, peer) for entry in peers))


def _is_peer(entry: Policy, home: str, peer: Peer) -> bool:
    if "ipBlock" in entry:
        return _within(entry["ipBlock"], peer.address)
    if isinstance(peer, Address):
        return False
    if "namespaceSelector" in entry:
        in_place = _matches(entry["namespaceSelector"], {"kubernetes.io/metadata.name": peer.namespace})
    else:
        in_place = peer.namespace == home
    return in_place and _matches(entry.get("podSelector", {}), peer.labels)


def _within(block: Policy, address: str) -> bool:
    found = ipaddress.ip_address(address)
    return found in ipaddress.ip_network(block["cidr"]) and not any(
        found in ipaddress.ip_network(hole) for hole in block.get("except", ())
    )


def _matches(selector: Policy, labels: Mapping[str, str]) -> bool:
    assert set(selector) <= {"matchLabels"}, "expressions are not evaluated here"
    wanted: Mapping[str, str] = selector.get("matchLabels", {})
    return wanted.items() <= labels.items()
