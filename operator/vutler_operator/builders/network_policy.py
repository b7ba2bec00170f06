"""Builds the NetworkPolicy: in from the router only, out to DNS, the router and the tool servers asked for."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from vutler_operator import names
from vutler_operator.builders.inputs import AgentInputs
from vutler_operator.builders.metadata import child_metadata
from vutler_operator.resources.objects import NETWORK_POLICY, Manifest
from vutler_operator.settings import Settings

__all__ = ["build_network_policy"]

_DNS_NAMESPACE: Final = "kube-system"
_NOT_PUBLIC_V4: Final = [
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
]
_NOT_PUBLIC_V6: Final = ["::1/128", "fc00::/7", "fe80::/10"]


def build_network_policy(inputs: AgentInputs, settings: Settings) -> Manifest:
    """Build the policy. A NetworkPolicy knows pods, addresses and ports but no host names.

    So a tool server inside the cluster opens its namespace at its port, one outside opens the public addresses at its
    port, and one given by address opens exactly that address.
    """
    dns = {"to": [_namespace(_DNS_NAMESPACE)], "ports": [_port(53, "UDP"), _port(53, "TCP")]}
    router = urlsplit(settings.agent_router_url)
    egress = [dns, {"to": _router_peers(settings, inputs.namespace), "ports": [_port(_port_of(router.geturl()))]}]
    for url in sorted({server.url for server in inputs.spec.mcp_servers.values()}):
        rule = {
            "to": _peers(urlsplit(url).hostname or "", inputs.namespace, settings.cluster_domain),
            "ports": [_port(_port_of(url))],
        }
        if rule not in egress:
            egress.append(rule)
    return {
        "apiVersion": NETWORK_POLICY.api_version,
        "kind": NETWORK_POLICY.kind,
        "metadata": child_metadata(inputs, inputs.name),
        "spec": {
            "podSelector": {"matchLabels": names.selector_labels(inputs.name)},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"from": _router_peers(settings, inputs.namespace), "ports": [_port(names.GATEWAY_PORT)]}],
            "egress": egress,
        },
    }


def _router_peers(settings: Settings, namespace: str) -> list[Manifest]:
    """Return the router's pods; a router outside the cluster is its address."""
    host = urlsplit(settings.agent_router_url).hostname or ""
    home = _service_namespace(host, namespace, settings.cluster_domain)
    if home is None:
        return _peers(host, namespace, settings.cluster_domain)
    return [_namespace(home) | {"podSelector": {"matchLabels": dict(names.ROUTER_LABELS)}}]


def _peers(host: str, namespace: str, cluster_domain: str) -> list[Manifest]:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        home = _service_namespace(host, namespace, cluster_domain)
        if home is not None:
            return [_namespace(home)]
        return [
            {"ipBlock": {"cidr": "0.0.0.0/0", "except": list(_NOT_PUBLIC_V4)}},
            {"ipBlock": {"cidr": "::/0", "except": list(_NOT_PUBLIC_V6)}},
        ]
    return [{"ipBlock": {"cidr": f"{address}/{address.max_prefixlen}"}}]


def _service_namespace(host: str, namespace: str, cluster_domain: str) -> str | None:
    """Return the namespace of a Service's DNS name, or None for a name or address outside the cluster."""
    labels = host.removesuffix(".").removesuffix(f".{cluster_domain}").split(".")
    match labels:
        case [_]:
            return namespace
        case [_, home, "svc"] | [_, _, home, "svc"]:
            return home
        case _:
            return None


def _namespace(name: str) -> Manifest:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def _port(port: int, protocol: str = "TCP") -> Manifest:
    return {"port": port, "protocol": protocol}


def _port_of(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)
