"""Simulate nodes and pods with kwok: real objects, real scheduling, no containers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hack.cluster.api import ApiServer
from hack.cluster.control_plane import build_scheduler
from hack.cluster.netns import on_host
from hack.cluster.paths import ClusterPaths
from hack.cluster.processes import Daemon
from hack.cluster.provisioner import build_provisioner, build_storage_class
from hack.cluster.site import Site

__all__ = ["SIMULATED_BINARIES", "build_kwok", "build_simulated_node", "is_ready", "ready_nodes", "start_simulation"]

SIMULATED_BINARIES = ("kube-scheduler", "kwok")
SIMULATED_DAEMONS = ("kube-scheduler", "kwok", "provisioner")
_STAGES = Path(__file__).with_name("stages.yaml")
_NODE_READY_SECONDS = 60.0


def build_kwok(program: Path, paths: ClusterPaths) -> Daemon:
    """Describe kwok, which plays kubelet for every node of the cluster."""
    flags = (
        f"--kubeconfig={paths.kubeconfig}",
        f"--config={_STAGES}",
        "--manage-all-nodes=true",
        "--node-lease-duration-seconds=40",
        "--server-address=",
    )
    # Without a folder of its own kwok would read and write ~/.kwok.
    return Daemon("kwok", (str(program), *flags), {"KWOK_WORKDIR": str(paths.config / "kwok")})


def build_simulated_node(number: int) -> dict[str, Any]:
    """Return a node with plenty of room."""
    name = f"simulated-{number}"
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                "type": "kwok",
            },
            "annotations": {"kwok.x-k8s.io/node": "fake"},
        },
    }


def start_simulation(site: Site, api: ApiServer, nodes: int) -> None:
    """Start the scheduler, kwok and a provisioner of simulated volumes, and wait for the nodes.

    Raises:
        ClusterError: when the nodes are not ready in time.
    """
    site.write_kubeconfigs(("kube-scheduler",))
    site.daemons.ensure(on_host(build_scheduler(site.binaries.path("kube-scheduler"), site.paths)))
    site.daemons.ensure(build_kwok(site.binaries.path("kwok"), site.paths))
    api.apply("/apis/storage.k8s.io/v1/storageclasses/standard", build_storage_class())
    site.daemons.ensure(build_provisioner(site.paths, site.daemons.record, node=None))
    for number in range(nodes):
        api.apply(f"/api/v1/nodes/simulated-{number}", build_simulated_node(number))
    site.daemons.wait(
        lambda: ready_nodes(api) >= nodes,
        what="readiness of the simulated nodes",
        seconds=_NODE_READY_SECONDS,
        needs=("kwok", "kube-scheduler"),
    )


def ready_nodes(api: ApiServer) -> int:
    """Return how many nodes of the cluster are ready."""
    listing = api.get("/api/v1/nodes") or {"items": []}
    return sum(is_ready(node) for node in listing["items"])


def is_ready(resource: dict[str, Any]) -> bool:
    """Say whether an object's condition `Ready` is true."""
    conditions = resource.get("status", {}).get("conditions", [])
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
