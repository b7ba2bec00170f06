"""Use a cluster that somebody else runs, given by a kubeconfig."""

from __future__ import annotations

import os

from hack.cluster.errors import ClusterError
from hack.cluster.locking import hold
from hack.cluster.paths import ClusterPaths
from hack.cluster.processes import run
from hack.cluster.record import Record, save_record

__all__ = ["adopt_cluster"]


def adopt_cluster(paths: ClusterPaths, kubeconfig: str, kubectl: str) -> Record:
    """Record a reachable cluster under our name; `down` only forgets it.

    Raises:
        ClusterError: when it does not answer.
    """
    answer = run(
        kubectl, "get", "--raw", "/readyz", "--request-timeout=10s", check=False, env={"KUBECONFIG": kubeconfig}
    )
    if answer.strip() != "ok":
        raise ClusterError(f"the cluster of KUBECONFIG={kubeconfig} does not answer /readyz: is it running?")
    absolute = os.pathsep.join(os.path.abspath(part) for part in kubeconfig.split(os.pathsep) if part)  # noqa: PTH100 - parts of a search path
    record = Record(
        name=paths.name, level="node", provider="kubeconfig", kubeconfig=absolute, host_address="", node_address=""
    )
    with hold(paths.lock):
        paths.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        save_record(paths, record)
    return record
