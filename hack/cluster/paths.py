"""Where the cluster tool keeps things: a cache of programs, and one folder per cluster."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hack.cluster.errors import ClusterError

__all__ = ["REPOSITORY", "ClusterPaths", "cache_folder", "check_name", "cluster_paths", "state_folder"]

REPOSITORY = Path(__file__).resolve().parents[2]
"""Root of the checkout: daemons written in Python are started from here."""

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?")


def check_name(name: str) -> str:
    """Return a cluster name that is safe in paths, namespaces and cgroups.

    Raises:
        ClusterError: when it is not a short lower-case DNS label.
    """
    if not _NAME.fullmatch(name):
        raise ClusterError(f"cluster name {name!r}: use 1-30 lower-case letters, digits and inner dashes")
    return name


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of built programs, shared by all checkouts of this user."""
    base = environment.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "vutler"


def state_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder under which every cluster has its own."""
    explicit = environment.get("VUTLER_STATE_DIR")
    if explicit:
        return Path(explicit).absolute()
    base = environment.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "vutler"


@dataclass(frozen=True, slots=True)
class ClusterPaths:
    """Name every file of one cluster; nothing of it lies elsewhere but what `cleaning` lists."""

    name: str
    state: Path
    """The folder of all clusters."""

    @property
    def root(self) -> Path:
        """The cluster's own folder; `down` deletes it."""
        return self.state / "clusters" / self.name

    @property
    def lock(self) -> Path:
        """Held while the cluster is being changed; outlives the cluster."""
        return self.state / "locks" / f"{self.name}.lock"

    @property
    def record(self) -> Path:
        """What is known about the cluster, as JSON."""
        return self.root / "cluster.json"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.root / "kubeconfig"

    @property
    def certificates(self) -> Path:
        """Keys and certificates, readable by the owner alone."""
        return self.root / "certificates"

    @property
    def config(self) -> Path:
        """Configuration files of the daemons."""
        return self.root / "config"

    @property
    def logs(self) -> Path:
        """One log per daemon."""
        return self.root / "logs"

    @property
    def etcd(self) -> Path:
        """The database of the API server."""
        return self.root / "etcd"

    @property
    def containerd_root(self) -> Path:
        """Images and snapshots; survives a restart of the machine."""
        return self.root / "containerd"

    @property
    def containerd_state(self) -> Path:
        """Running containers' bundles and mounts; worthless after a restart."""
        return self.root / "run"

    @property
    def containerd_socket(self) -> Path:
        """Where kubelet and `ctr` speak to containerd."""
        return self.root / "containerd.sock"

    @property
    def kubelet(self) -> Path:
        """Root folder of kubelet: pods' volumes are mounted below it."""
        return self.root / "kubelet"

    @property
    def pod_logs(self) -> Path:
        """Logs of containers."""
        return self.root / "pods"

    @property
    def cni(self) -> Path:
        """Network configuration and the addresses given to pods."""
        return self.root / "cni"

    @property
    def volumes(self) -> Path:
        """One folder per provisioned PersistentVolume."""
        return self.root / "volumes"

    def log(self, daemon: str) -> Path:
        """Return the log file of a daemon."""
        return self.logs / f"{daemon}.log"


def cluster_paths(name: str) -> ClusterPaths:
    """Return the paths of the named cluster under the state folder of the environment."""
    return ClusterPaths(name=check_name(name), state=state_folder())
