"""A throw-away control plane with simulated nodes, and an account of its own for the operator."""

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import yaml

from bench.router.errors import BenchError
from hack.cluster.api import ApiServer
from hack.cluster.binaries import Binaries
from hack.cluster.certificates import Pair, pair
from hack.cluster.errors import ClusterError
from hack.cluster.kubeconfig import write_private
from hack.cluster.local import LocalCluster, Wish
from hack.cluster.paths import ClusterPaths
from hack.cluster.progress import Progress
from hack.cluster.record import Record
from hack.cluster.waiting import wait_until
from vutler_operator.cluster import PERMISSIONS

__all__ = ["HOME", "OPERATOR", "BenchCluster", "simulated_cluster"]

HOME: Final = "vutler-system"
OPERATOR: Final = f"system:serviceaccount:{HOME}:vutler-operator"
"""Who the operator is, as in a cluster: an account that the API server's fairness does not prefer."""

_CRDS: Final = Path(__file__).resolve().parents[2] / "crds"
_NODES: Final = 4
_SERVED_SECONDS: Final = 30.0
_RESOURCES: Final = ("agents", "llmconfigs", "agenttemplates")
_RBAC: Final = "/apis/rbac.authorization.k8s.io/v1"
_AUDIT_POLICY: Final = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata", "users": [OPERATOR]}, {"level": "None"}],
}
"""Record what the operator asks for, and nothing of anybody else."""


@dataclass(frozen=True, slots=True)
class BenchCluster:
    """Where the cluster is and how to get in."""

    url: str
    authority: Path
    admin: Pair
    kubeconfig: Path
    """The operator's."""
    audit: Path
    """The API server's own record of every request of the operator's."""
    processes: dict[str, int]
    """Ids of the control plane's processes by name."""


@contextlib.contextmanager
def simulated_cluster(folder: Path, progress: Progress) -> Iterator[BenchCluster]:
    """Bring a cluster up for the length of the block; all its files are in the folder.

    Raises:
        BenchError: It did not come up.
    """
    policy, audit = folder / "audit-policy.json", folder / "audit.log"
    policy.write_text(json.dumps(_AUDIT_POLICY))
    paths = ClusterPaths(f"bench-{os.getpid()}", folder / "cluster")
    cluster = LocalCluster(paths, Binaries(progress), progress)
    flags = (f"--audit-policy-file={policy}", f"--audit-log-path={audit}")
    try:
        record = cluster.up(Wish("simulated", nodes=_NODES, apiserver_args=flags))
        _prepare(ApiServer.as_admin(record.node_address, record.api_port, paths.certificates), record, paths)
        yield BenchCluster(
            url=_url(record),
            authority=pair(paths.certificates, "ca").certificate,
            admin=pair(paths.certificates, "admin"),
            kubeconfig=paths.config / "operator.kubeconfig",
            audit=audit,
            processes={name: process.pid for name, process in record.daemons.items()},
        )
    except ClusterError as error:
        raise BenchError(str(error)) from error
    finally:
        cluster.down()


def _url(record: Record) -> str:
    return f"https://{record.node_address}:{record.api_port}"


def _prepare(api: ApiServer, record: Record, paths: ClusterPaths) -> None:
    """Install the custom resources and the operator's account with the rights that the chart grants."""
    for file in sorted(_CRDS.glob("*.yaml")):
        definition = yaml.safe_load(file.read_text())
        name = definition["metadata"]["name"]
        api.apply(f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}", definition)
    for resource in _RESOURCES:
        served = partial(_is_served, api, f"/apis/vutler.io/v1alpha1/{resource}")
        wait_until(served, what=f"serving of {resource}", seconds=_SERVED_SECONDS)
    api.apply(f"/api/v1/namespaces/{HOME}", _object("v1", "Namespace", HOME))
    accounts = f"/api/v1/namespaces/{HOME}/serviceaccounts"
    api.apply(f"{accounts}/vutler-operator", _object("v1", "ServiceAccount", "vutler-operator"))
    rules = [
        {"apiGroups": [right.group], "resources": [right.resource], "verbs": sorted(right.verbs)}
        for right in PERMISSIONS
    ]
    rbac = "rbac.authorization.k8s.io"
    api.apply(f"{_RBAC}/clusterroles/vutler", _object(f"{rbac}/v1", "ClusterRole", "vutler") | {"rules": rules})
    binding = _object(f"{rbac}/v1", "ClusterRoleBinding", "vutler") | {
        "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "vutler"},
        "subjects": [{"kind": "ServiceAccount", "name": "vutler-operator", "namespace": HOME}],
    }
    api.apply(f"{_RBAC}/clusterrolebindings/vutler", binding)
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 86400}}
    answer = json.loads(api.request("POST", f"{accounts}/vutler-operator/token", json.dumps(asked)))
    authority = pair(paths.certificates, "ca").certificate
    config = _kubeconfig(_url(record), authority, answer["status"]["token"])
    write_private(paths.config / "operator.kubeconfig", json.dumps(config))


def _is_served(api: ApiServer, path: str) -> bool:
    try:
        return api.get(path) is not None
    except ClusterError:  # just installed it may answer 429 for a moment
        return False


def _object(version: str, kind: str, name: str) -> dict[str, object]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}}


def _kubeconfig(url: str, authority: Path, token: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "bench", "cluster": {"server": url, "certificate-authority": str(authority)}}],
        "users": [{"name": "bench", "user": {"token": token}}],
        "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": "bench", "namespace": HOME}}],
        "current-context": "bench",
    }
