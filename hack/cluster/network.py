"""Give a cluster a network of its own: a namespace, one cable to the host, and a way out for its pods."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hack.cluster.control_plane import SERVICE_RANGE
from hack.cluster.errors import ClusterError
from hack.cluster.locking import hold
from hack.cluster.paths import ClusterPaths
from hack.cluster.processes import run

__all__ = [
    "POD_BRIDGE",
    "POD_RANGE",
    "Network",
    "choose_slot",
    "create_network",
    "find_network",
    "network_of",
    "remove_network",
]

POD_RANGE = "10.88.0.0/16"
"""Addresses of pods; the same in every cluster, since none sees another's."""

POD_BRIDGE = "cni0"
"""The interface on which all pods hang."""

_LOCK = Path("/run/vutler/network.lock")
"""For the whole machine: interfaces are, too, whoever's state folder they belong to."""
_FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
_FORWARDING_WAS = Path("/run/vutler/ip_forward_was")
_NAMESPACES = Path("/run/netns")
_PREFIX = "vutler"
_SLOTS = 250


@dataclass(frozen=True, slots=True)
class Network:
    """Name everything of a cluster's network; `slot` tells the clusters of a machine apart."""

    cluster: str
    slot: int

    @property
    def namespace(self) -> str:
        """Name of the network namespace, as in `ip netns`."""
        return f"vutler-{self.cluster}"

    @property
    def interface(self) -> str:
        """The host's end of the cable."""
        return f"{_PREFIX}{self.slot}"

    @property
    def host_address(self) -> str:
        """Where pods reach servers of the host."""
        return f"10.87.{self.slot}.1"

    @property
    def node_address(self) -> str:
        """Where the host reaches the node."""
        return f"10.87.{self.slot}.2"

    @property
    def range(self) -> str:
        """The addresses of the cable."""
        return f"10.87.{self.slot}.0/30"


def choose_slot(interfaces: Iterable[str], addresses: Iterable[str]) -> int:
    """Return the lowest slot whose interface name and address range are free on the host.

    Raises:
        ClusterError: when none is left.
    """
    names, used = set(interfaces), set(addresses)
    for slot in range(_SLOTS):
        if f"{_PREFIX}{slot}" not in names and not any(address.startswith(f"10.87.{slot}.") for address in used):
            return slot
    raise ClusterError(f"all {_SLOTS} networks are taken: bring clusters down first (`ip netns` lists them)")


def rules(network: Network, *, forward_blocked: bool) -> list[tuple[str, ...]]:
    """Return the host's iptables rules of a network, each without the verb: (table, chain, match…)."""
    mark = ("-m", "comment", "--comment", network.namespace)
    wanted: list[tuple[str, ...]] = [
        ("nat", "POSTROUTING", "-s", network.range, "!", "-o", network.interface, *mark, "-j", "MASQUERADE"),
    ]
    if forward_blocked:
        # Docker and firewalls drop forwarded packets unless somebody accepts them.
        wanted.append(("filter", "FORWARD", "-i", network.interface, *mark, "-j", "ACCEPT"))
        wanted.append(("filter", "FORWARD", "-o", network.interface, *mark, "-j", "ACCEPT"))
    return wanted


def find_network(paths: ClusterPaths) -> Network | None:
    """Return the network that this cluster has on the machine now, complete or not."""
    for interface in _interfaces():
        if interface.get("ifalias") == str(paths.root):
            return Network(paths.name, int(interface["ifname"].removeprefix(_PREFIX)))
    return None


def network_of(paths: ClusterPaths, slot: int) -> Network | None:
    """Return the cluster's network when it is whole: cable and namespace both there."""
    network = find_network(paths)
    return network if network and network.slot == slot and _namespace_exists(network.namespace) else None


def create_network(paths: ClusterPaths) -> Network:
    """Make the namespace, the cable and the way out.

    Raises:
        ClusterError: when the kernel refuses, or a cluster of this name lives in another state folder.
    """
    with hold(_LOCK):
        interfaces = _interfaces()
        addresses = [info["local"] for interface in interfaces for info in interface.get("addr_info", [])]
        network = Network(paths.name, choose_slot((one["ifname"] for one in interfaces), addresses))
        if _namespace_exists(network.namespace):
            raise ClusterError(
                f"a cluster named {paths.name} already exists in another state folder: choose another --name, "
                f"or remove it with `ip netns del {network.namespace}` when it is dead",
            )
        run("ip", "netns", "add", network.namespace)
        _connect(network, paths)
        _open_way_out(network)
    return network


def _connect(network: Network, paths: ClusterPaths) -> None:
    space, cable = network.namespace, network.interface
    run("ip", "link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", space)
    run("ip", "link", "set", cable, "alias", str(paths.root), "up")
    run("ip", "address", "add", f"{network.host_address}/30", "dev", cable)
    run("ip", "-n", space, "link", "set", "lo", "up")
    run("ip", "-n", space, "address", "add", f"{network.node_address}/30", "dev", "eth0")
    run("ip", "-n", space, "link", "set", "eth0", "up")
    run("ip", "-n", space, "route", "add", "default", "via", network.host_address)
    # Until kube-proxy has rewritten a Service's rules, its address leads to the internet, where anybody may answer.
    run("ip", "-n", space, "rule", "add", "iif", POD_BRIDGE, "to", SERVICE_RANGE, "unreachable")
    within = ("nsenter", f"--net=/run/netns/{space}", "sysctl", "-q", "-w")
    run(*within, "net.ipv4.ip_forward=1")
    run(*within, "net.bridge.bridge-nf-call-iptables=1", check=False)


def filters_bridges(network: Network) -> bool:
    """Say whether iptables sees what pods send each other; kube-proxy must masquerade everything where not."""
    inside = ("nsenter", f"--net=/run/netns/{network.namespace}", "sysctl", "-n", "net.bridge.bridge-nf-call-iptables")
    return run(*inside, check=False).strip() == "1"


def remove_network(paths: ClusterPaths) -> None:
    """Remove whatever there is of the cluster's network; with the last cluster the host's forwarding is put back."""
    if shutil.which("ip") is None:
        return  # nothing was ever made: only levels without a network work on such a machine
    with hold(_LOCK):
        network = find_network(paths)
        if network or _is_unwired(f"vutler-{paths.name}"):
            run("ip", "netns", "del", f"vutler-{paths.name}", check=False)
        if network:
            for table, chain, *match in rules(network, forward_blocked=True):
                _remove_rule(table, chain, match)
            run("ip", "link", "del", network.interface, check=False)
        if not any(re.fullmatch(rf"{_PREFIX}\d+", one["ifname"]) for one in _interfaces()):
            _restore_forwarding()
        _remove_if_empty(_NAMESPACES)
        _LOCK.unlink()
    with suppress(OSError):
        _LOCK.parent.rmdir()


def _is_unwired(namespace: str) -> bool:
    """Say whether a namespace has no cable: then it is the rest of an interrupted `up`.

    One with a cable that is not ours belongs to a cluster of the same name in another state folder.
    """
    return _namespace_exists(namespace) and not run("ip", "-n", namespace, "link", "show", "eth0", check=False)


def _open_way_out(network: Network) -> None:
    """Let pods reach the internet where the host can do that; the cluster works without, too."""
    if _FORWARDING.read_text().strip() != "1":
        _FORWARDING_WAS.write_text(_FORWARDING.read_text())
        with suppress(OSError):
            _FORWARDING.write_text("1")
    with suppress(ClusterError):
        blocked = "-P FORWARD ACCEPT" not in run("iptables", "-w", "-t", "filter", "-S", "FORWARD")
        for table, chain, *match in rules(network, forward_blocked=blocked):
            verb = "-I" if table == "filter" else "-A"
            run("iptables", "-w", "-t", table, verb, chain, *match)


def _remove_rule(table: str, chain: str, match: list[str]) -> None:
    with suppress(ClusterError):
        while True:
            run("iptables", "-w", "-t", table, "-D", chain, *match)


def _restore_forwarding() -> None:
    with suppress(OSError):
        _FORWARDING.write_text(_FORWARDING_WAS.read_text())
        _FORWARDING_WAS.unlink()


def _remove_if_empty(folder: Path) -> None:
    """Remove the mount that `ip netns` makes for the first namespace, when the last one is gone."""
    if folder.is_dir() and not any(folder.iterdir()):
        run("umount", str(folder), check=False)
        with suppress(OSError):
            folder.rmdir()


def _namespace_exists(namespace: str) -> bool:
    return (_NAMESPACES / namespace).exists()


def _interfaces() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("ip", "-json", "-details", "address"))
    return found
