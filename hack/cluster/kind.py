"""Run a cluster with kind, where a Docker engine is all there is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from hack.cluster.locking import hold
from hack.cluster.paths import ClusterPaths
from hack.cluster.processes import run
from hack.cluster.progress import Progress
from hack.cluster.record import Record, load_record, save_record

__all__ = ["KindCluster"]


class KindCluster:
    """One cluster in Docker containers."""

    def __init__(self, paths: ClusterPaths, progress: Progress) -> None:
        self._paths, self._progress = paths, progress
        self._name = f"vutler-{paths.name}"

    def up(self) -> Record:
        """Create the cluster unless kind knows it.

        Raises:
            ClusterError: when kind fails.
        """
        with hold(self._paths.lock):
            record = load_record(self._paths)
            if record and self._name in run("kind", "get", "clusters", check=False).split():
                return record
            self._paths.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            kubeconfig = str(self._paths.kubeconfig)
            with self._progress.step("kind create cluster"):
                run("kind", "create", "cluster", "--name", self._name, "--kubeconfig", kubeconfig, "--wait", "180s")
            record = Record(
                name=self._paths.name,
                level="node",
                provider="kind",
                kubeconfig=kubeconfig,
                host_address=host_address(run("docker", "network", "inspect", "kind")),
                nodes=1,
            )
            save_record(self._paths, record)
            return record

    def down(self) -> None:
        """Delete the cluster.

        Raises:
            ClusterError: when kind fails.
        """
        run("kind", "delete", "cluster", "--name", self._name, "--kubeconfig", str(self._paths.kubeconfig))

    def load(self, archives: Sequence[Path]) -> None:
        """Put images into the cluster's node.

        Raises:
            ClusterError: when kind fails.
        """
        for archive in archives:
            with self._progress.step(f"kind load {archive.name}"):
                run("kind", "load", "image-archive", str(archive), "--name", self._name)


def host_address(inspected: str) -> str:
    """Return the IPv4 gateway of kind's network, where pods reach the host, from `docker network inspect`."""
    pools = json.loads(inspected)[0]["IPAM"]["Config"]
    return next(str(pool["Gateway"]) for pool in pools if "Gateway" in pool and ":" not in pool["Gateway"])
