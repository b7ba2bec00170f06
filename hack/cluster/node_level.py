"""Start a real node: containerd, kubelet, kube-proxy, DNS and volumes."""

from __future__ import annotations

from pathlib import Path

from hack.cluster.api import ApiError, ApiServer, ApiUnreachableError
from hack.cluster.cleaning import cgroup_mounts
from hack.cluster.control_plane import build_scheduler
from hack.cluster.errors import ClusterError
from hack.cluster.images import PAUSE_IMAGE, import_archive, write_pause_image
from hack.cluster.netns import Enter, within
from hack.cluster.network import Network, filters_bridges
from hack.cluster.node_config import (
    NodePlan,
    build_cni,
    build_containerd,
    build_containerd_config,
    build_coredns,
    build_corefile,
    build_dns_objects,
    build_kube_proxy,
    build_kubelet,
    build_kubelet_config,
    usable_resolvers,
)
from hack.cluster.paths import ClusterPaths
from hack.cluster.provisioner import build_provisioner, build_storage_class
from hack.cluster.simulated_level import is_ready
from hack.cluster.site import Site

__all__ = ["NODE_BINARIES", "NODE_DAEMONS", "find_cni_plugins", "node_name", "start_node"]

NODE_BINARIES = ("kube-scheduler", "kubelet", "kube-proxy", "coredns", "pause")
NODE_DAEMONS = ("kube-scheduler", "containerd", "kubelet", "kube-proxy", "coredns", "provisioner")
_CNI_FOLDERS = (Path("/usr/lib/cni"), Path("/opt/cni/bin"), Path("/usr/libexec/cni"))
_RESOLVERS = (Path("/run/systemd/resolve/resolv.conf"), Path("/etc/resolv.conf"))
"""systemd-resolved's list of real servers comes first: its own address is on loopback, useless to a pod."""
_NODE_READY_SECONDS = 90.0
_CONTAINERD_SECONDS = 30.0


def node_name(cluster: str) -> str:
    """Return the name of a cluster's one node."""
    return f"{cluster}-node"


def find_cni_plugins() -> Path | None:
    """Return the folder in which network plugins are installed."""
    return next((folder for folder in _CNI_FOLDERS if (folder / "bridge").exists()), None)


def start_node(site: Site, api: ApiServer, network: Network) -> None:
    """Start what does not run and return when the node is ready and volumes and names are served.

    Raises:
        ClusterError: when the node is not ready in time.
    """
    plan = _plan(site.paths, network)
    enter = within(network.namespace)
    with site.progress.step("containerd"):
        _start_containerd(site, plan, enter)
    with site.progress.step("node"):
        _start_kubelet(site, plan, enter)
        _start_services(site, plan, api)
        site.daemons.wait(
            lambda: _node_is_ready(api, plan.name),
            what="the node's readiness",
            seconds=_NODE_READY_SECONDS,
            needs=NODE_DAEMONS,
        )


def _node_is_ready(api: ApiServer, name: str) -> bool:
    """Say whether the node is ready and its kubelet answers through the API server.

    The condition alone may be what a killed kubelet said last.
    """
    node = api.get(f"/api/v1/nodes/{name}")
    if node is None or not is_ready(node):
        return False
    try:
        api.request("GET", f"/api/v1/nodes/{name}/proxy/healthz")
    except (ApiError, ApiUnreachableError):
        return False
    return True


def _plan(paths: ClusterPaths, network: Network) -> NodePlan:
    plugins = find_cni_plugins()
    if plugins is None:
        raise ClusterError("no CNI plugins: `apt-get install containernetworking-plugins`")
    return NodePlan(
        paths=paths,
        network=network,
        name=node_name(paths.name),
        pause_image=PAUSE_IMAGE,
        cni_plugins=plugins,
        resolver_file=next(file for file in _RESOLVERS if file.exists()),
    )


def _start_containerd(site: Site, plan: NodePlan, enter: Enter) -> None:
    paths = plan.paths
    for folder in (paths.config, paths.cni, paths.containerd_root, paths.containerd_state):
        folder.mkdir(parents=True, exist_ok=True)
    (paths.config / "containerd.toml").write_text(build_containerd_config(plan))
    (paths.cni / "10-vutler.conflist").write_text(build_cni(plan))
    site.daemons.ensure(enter(build_containerd(plan)))
    archive = write_pause_image(site.binaries.path("pause"), paths.config / "pause.tar")
    site.daemons.wait(
        lambda: import_archive(paths, archive),
        what="containerd's answer",
        seconds=_CONTAINERD_SECONDS,
        needs=("containerd",),
    )


def _start_kubelet(site: Site, plan: NodePlan, enter: Enter) -> None:
    paths = plan.paths
    make_cgroup(plan.cgroup)
    for folder in (paths.kubelet, paths.pod_logs, paths.volumes):
        folder.mkdir(parents=True, exist_ok=True)
    (paths.config / "kubelet.json").write_text(build_kubelet_config(plan))
    site.write_kubeconfigs(("kubelet", "kube-proxy", "kube-scheduler"))
    site.daemons.ensure(enter(build_kubelet(plan, site.binaries.path("kubelet"))))
    proxy = build_kube_proxy(
        plan,
        site.binaries.path("kube-proxy"),
        masquerade_all=not filters_bridges(plan.network),
    )
    site.daemons.ensure(enter(proxy))
    site.daemons.ensure(enter(build_scheduler(site.binaries.path("kube-scheduler"), paths)))


def _start_services(site: Site, plan: NodePlan, api: ApiServer) -> None:
    upstreams = usable_resolvers(Path("/etc/resolv.conf").read_text())
    (plan.paths.config / "Corefile").write_text(build_corefile(plan, site.server, upstreams))
    site.daemons.ensure(build_coredns(plan, site.binaries.path("coredns")))
    for path, manifest in build_dns_objects(plan).items():
        api.apply(path, manifest)
    api.apply("/apis/storage.k8s.io/v1/storageclasses/standard", build_storage_class())
    site.daemons.ensure(build_provisioner(plan.paths, site.daemons.record, plan.name))


def make_cgroup(name: str) -> None:
    """Make the cgroup that kubelet manages, in every hierarchy."""
    mounts = cgroup_mounts(Path("/proc/self/mountinfo").read_text())
    for mount in mounts:
        folder = mount / name
        folder.mkdir(exist_ok=True)
        if (mount / "cpuset.cpus").exists():
            # Version 1: a new cpuset is empty, and no process can join an empty one.
            for setting in ("cpuset.cpus", "cpuset.mems"):
                (folder / setting).write_text((mount / setting).read_text())
        available = mount / "cgroup.controllers"
        if available.exists():
            # Version 2: controllers must be handed down explicitly.
            wanted = " ".join(f"+{controller}" for controller in available.read_text().split())
            for parent in (mount, folder):
                if wanted:
                    (parent / "cgroup.subtree_control").write_text(wanted)
