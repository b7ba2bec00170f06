import os
import signal
import subprocess
from pathlib import Path

import pytest

from hack.cluster.cleaning import cgroup_mounts, parse_mounts
from tests.e2e.cluster.conftest import Cluster

pytestmark = [pytest.mark.node, pytest.mark.timeout(900)]


def traces_of(cluster: Cluster) -> list[str]:
    """Return everything on the machine that has the cluster's mark: mounts, cgroups, network, links, processes."""
    name, root = cluster.paths.name, str(cluster.paths.root)
    mountinfo = Path("/proc/self/mountinfo").read_text()
    mounts = [point for point, _ in parse_mounts(mountinfo) if point.startswith(f"{root}/")]
    groups = [str(mount / f"vutler-{name}") for mount in cgroup_mounts(mountinfo)]
    links = Path("/var/log/containers").glob("*") if Path("/var/log/containers").is_dir() else ()
    caches = Path("/var/lib/cni/results").glob(f"vutler-{name}-*")
    return [
        *mounts,
        *(group for group in groups if Path(group).exists()),
        *(line for line in _output("ip", "-details", "link").splitlines() if root in line),
        *(line for line in _output("iptables-save").splitlines() if f"vutler-{name}" in line),
        *(entry for entry in _output("ip", "netns", "list").splitlines() if f"vutler-{name}" in entry),
        *(str(link) for link in links if link.is_symlink() and str(link.readlink()).startswith(root)),
        *(str(cache) for cache in caches),
        *(" ".join(process) for process in cluster.processes()),
    ]


def test_a_node_whose_daemons_were_all_killed_comes_back(cluster: Cluster) -> None:
    cluster.up("node", "--yes")
    for pid in cluster.pids().values():
        os.kill(pid, signal.SIGKILL)

    cluster.up("node", "--yes")

    assert cluster.status()["healthy"] is True
    assert "Ready" in cluster.kubectl("get", "nodes", "--no-headers")


def test_a_node_comes_back_after_its_network_and_its_daemons_are_gone_as_after_a_restart(cluster: Cluster) -> None:
    cluster.up("node", "--yes")
    cluster.kubectl("create", "namespace", "kept")
    for pid in cluster.pids().values():
        os.kill(pid, signal.SIGKILL)
    _output("ip", "netns", "del", f"vutler-{cluster.paths.name}")

    cluster.up("node", "--yes")

    assert cluster.status()["healthy"] is True
    assert "kept" in cluster.kubectl("get", "namespaces", "-o", "name")


def test_down_takes_mounts_cgroups_network_and_processes_with_it(cluster: Cluster) -> None:
    cluster.up("node", "--yes")
    assert traces_of(cluster)

    done = cluster.run("down")

    assert done.returncode == 0, done.stderr
    assert traces_of(cluster) == []
    assert not cluster.paths.root.exists()


def _output(*argv: str) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout
