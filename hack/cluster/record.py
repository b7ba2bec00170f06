"""Remember what was started for a cluster, in one JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Literal, get_args

from hack.cluster.errors import ClusterError
from hack.cluster.kubeconfig import write_private
from hack.cluster.paths import ClusterPaths
from hack.cluster.processes import Process

__all__ = ["LEVELS", "Level", "ProviderName", "Record", "forget_daemon", "load_record", "save_record"]

Level = Literal["api", "simulated", "node"]
"""How much of a cluster there is."""

ProviderName = Literal["local", "kubeconfig", "kind"]
"""Who runs the cluster."""

LEVELS: tuple[Level, ...] = get_args(Level)


@dataclass(frozen=True, slots=True)
class Record:
    """Describe one cluster as it was last brought up."""

    name: str
    level: Level
    provider: ProviderName
    kubeconfig: str
    """Path of the kubeconfig to use."""
    boot_id: str = ""
    """Start of the machine during which the daemons were started."""
    host_address: str = "127.0.0.1"
    """Where pods reach a server that listens on this machine."""
    node_address: str = "127.0.0.1"
    """Where this machine reaches the API server and NodePorts."""
    api_port: int = 0
    etcd_port: int = 0
    slot: int | None = None
    """Number of the cluster's network; None without one."""
    nodes: int = 0
    """Simulated nodes."""
    apiserver_args: tuple[str, ...] = ()
    daemons: Mapping[str, Process] = field(default_factory=dict)
    """Daemons by name, in the order in which they were started."""


def save_record(paths: ClusterPaths, record: Record) -> None:
    """Write the record, whole or not at all."""
    write_private(paths.record, json.dumps(asdict(record), indent=2))


def load_record(paths: ClusterPaths) -> Record | None:
    """Return what was recorded, or None when there is no such cluster.

    Raises:
        ClusterError: when the record is from an incompatible version.
    """
    try:
        raw = json.loads(paths.record.read_text())
    except FileNotFoundError:
        return None
    try:
        raw["daemons"] = {name: Process(**process) for name, process in raw["daemons"].items()}
        raw["apiserver_args"] = tuple(raw["apiserver_args"])
        return Record(**raw)
    except (KeyError, TypeError) as error:
        raise ClusterError(f"{paths.record} is not understood ({error}): run `down --name {paths.name}`") from error


def forget_daemon(record: Record, name: str) -> Record:
    """Return the record without one daemon."""
    return replace(record, daemons={other: process for other, process in record.daemons.items() if other != name})
