"""Builds the NetworkPolicy: in from the router only, out to DNS, the router and what the Agent asks for."""

import ipaddress
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from vutler_operator import names
from vutler_operator.builders.inputs import AgentInputs
from vutler_operator.builders.metadata import child_metadata
from vutler_operator.resources.agent import AgentSpec
from vutler_operator.resources.objects import NETWORK_POLICY, Manifest
from vutler_operator.settings import DNS_LABEL, Settings

__all__ = ["build_network_policy"]

_DNS_NAMESPACE: Final = "kube-system"
_NODE_LOCAL_DNS: Final = "169.254.20.10/32"
"""Where NodeLocal DNSCache listens on each node: no pod's address, so the namespace does not cover it
(kubernetes.io/docs/tasks/administer-cluster/nodelocaldns)."""
_NOT_PUBLIC_V4: Final = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    # Azure's platform service has a public address, and Oracle's metadata one of the protocol assignments.
    "168.63.129.16/32",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/4",
    "240.0.0.0/4",
]
_NOT_PUBLIC_V6: Final = ["::1/128", "fc00::/7", "fe80::/10", "ff00::/8"]


def build_network_policy(inputs: AgentInputs, settings: Settings) -> Manifest:
    """Build the policy. A NetworkPolicy knows pods, addresses and ports but no host names.

    So a server inside the cluster opens its namespace at its port, one outside opens the public addresses at its
    port, and one given by address opens exactly that address. Nothing opens a node's own or a link-local address:
    credentials of the machine are kept there.
    """
    dns = {
        "to": [_namespace(_DNS_NAMESPACE), _block(_NODE_LOCAL_DNS)],
        "ports": [_port(53, "UDP"), _port(53, "TCP")],
    }
    router = {"to": _router_peers(settings, inputs.namespace), "ports": [_port(_port_of(settings.agent_router_url))]}
    egress = [dns, router]
    for url in sorted(set(_asked_for(inputs.spec))):
        peers = _peers(urlsplit(url).hostname or "", inputs.namespace, settings.cluster_domain)
        rule: Manifest = {"to": peers, "ports": [_port(_port_of(url))]}
        if peers and rule not in egress:
            egress.append(rule)
    # A router with a public name could be anybody's address; one that pods cannot be reached from has no need either.
    callers = [peer for peer in _router_peers(settings, inputs.namespace) if "except" not in peer.get("ipBlock", {})]
    return {
        "apiVersion": NETWORK_POLICY.api_version,
        "kind": NETWORK_POLICY.kind,
        "metadata": child_metadata(inputs, inputs.name),
        "spec": {
            "podSelector": {"matchLabels": names.selector_labels(inputs.name)},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"from": callers, "ports": [_port(names.GATEWAY_PORT)]}] if callers else [],
            "egress": egress,
        },
    }


def _asked_for(spec: AgentSpec) -> Iterator[str]:
    """Yield the addresses an Agent names: its tool servers, and those and model providers of its own settings."""
    yield from (server.url for server in spec.mcp_servers.values())
    for above, below, key in (("mcp", "servers", "url"), ("models", "providers", "baseUrl")):
        section = spec.runtime.config.get(above)
        entries = section.get(below) if isinstance(section, dict) else None
        for entry in entries.values() if isinstance(entries, dict) else ():
            url = entry.get(key) if isinstance(entry, dict) else None
            if isinstance(url, str) and _is_address(url):
                yield url


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _router_peers(settings: Settings, namespace: str) -> list[Manifest]:
    """Return the router's pods; a router outside the cluster is its address."""
    host = urlsplit(settings.agent_router_url).hostname or ""
    labels = {"podSelector": {"matchLabels": dict(names.ROUTER_LABELS)}}
    return [
        peer | labels if "namespaceSelector" in peer else peer
        for peer in _peers(host, namespace, settings.cluster_domain)
    ]


def _peers(host: str, namespace: str, cluster_domain: str) -> list[Manifest]:
    """Return what a host may be; nothing for one that must not be opened."""
    try:
        return _address_peers(ipaddress.ip_address(host))
    except ValueError:
        pass
    home, may_be_public = _service_namespace(host, namespace, cluster_domain)
    peers = [] if home is None else [_namespace(home)]
    if may_be_public:
        peers += [_block("0.0.0.0/0", _NOT_PUBLIC_V4), _block("::/0", _NOT_PUBLIC_V6)]
    return peers


def _address_peers(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> list[Manifest]:
    if isinstance(address, ipaddress.IPv6Address):
        # The API server takes neither an IPv4 address in IPv6 clothes nor a zone.
        address = address.ipv4_mapped or ipaddress.IPv6Address(int(address))
    if address.is_link_local or address.is_loopback or address.is_unspecified or address.is_multicast:
        return []
    return [_block(f"{address}/{address.max_prefixlen}")]


def _service_namespace(host: str, namespace: str, cluster_domain: str) -> tuple[str | None, bool]:
    """Return the namespace of a Service's DNS name, or None, and whether the name may be one outside the cluster.

    Two labels may be either: the cluster's DNS tries `crm.sales` as the Service `crm` of namespace `sales` first.
    """
    absolute, name = host.endswith("."), host.removesuffix(".")
    within = name.endswith(f".{cluster_domain}")
    match name.removesuffix(f".{cluster_domain}").split("."):
        case [_] if not absolute and not within:
            return namespace, False
        case [_, home, "svc"] | [_, _, home, "svc"] if DNS_LABEL.fullmatch(home):
            return home, False
        case [_, home] if not absolute and not within and DNS_LABEL.fullmatch(home):
            return home, True
        case _:
            return None, True


def _namespace(name: str) -> Manifest:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def _block(cidr: str, holes: list[str] | None = None) -> Manifest:
    return {"ipBlock": {"cidr": cidr, **({"except": list(holes)} if holes else {})}}


def _port(port: int, protocol: str = "TCP") -> Manifest:
    return {"port": port, "protocol": protocol}


def _port_of(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)
