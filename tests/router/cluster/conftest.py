"""The router's own account on a real API server, with the rights and the policy that the chart gives it."""

import base64
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.operator.api.operator_process import eventually
from tests.operator.api.world import World
from tests.support.api_server import ApiServer
from tests.support.helm import Helm, helm

__all__ = ["Account", "account", "helm", "name", "world"]

KINDS = {
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "ClusterRole",
    "ClusterRoleBinding",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
}


@dataclass(frozen=True, slots=True)
class Account:
    """How a router signs in: by a kubeconfig, or by files as they are mounted into a pod."""

    kubeconfig: Path
    folder: Path
    environ: dict[str, str]


@pytest.fixture(scope="module")
def world(crds: ApiServer) -> Iterator[World]:
    """Make one namespace for the tests of a module; each has an agent of its own in it."""
    name = f"test-{secrets.token_hex(4)}"
    made = crds.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    assert made.is_success, made.text
    yield World(crds, name)
    crds.http.delete(f"/api/v1/namespaces/{name}")


@pytest.fixture
def name() -> str:
    """Return a name that no other test's agent has."""
    return f"ava-{secrets.token_hex(3)}"


@pytest.fixture(scope="module")
def account(world: World, helm: Helm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    release = helm.render({"watchNamespaces": [world.namespace]}, namespace=world.namespace)
    manifests = [one for one in release.manifests if one["kind"] in KINDS and "router" in one["metadata"]["name"]]
    assert {one["kind"] for one in manifests} == KINDS
    text = yaml.safe_dump_all(manifests)
    applied = world.server.kubectl("apply", "-f", "-", stdin=text)
    assert applied.returncode == 0, applied.stderr
    yield _signed_in(world, tmp_path_factory.mktemp("account"))
    world.server.kubectl("delete", "--ignore-not-found", "-f", "-", stdin=text)


def _signed_in(world: World, folder: Path) -> Account:
    token, cluster = _token(world), _cluster(world.server)
    (folder / "token").write_text(token)
    (folder / "ca.crt").write_bytes(base64.b64decode(cluster["certificate-authority-data"]))
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "router",
        "contexts": [{"name": "router", "context": {"cluster": "here", "user": "router"}}],
        "clusters": [{"name": "here", "cluster": cluster}],
        "users": [{"name": "router", "user": {"token": token}}],
    }
    (folder / "kubeconfig").write_text(json.dumps(config))
    host, port = cluster["server"].removeprefix("https://").split(":")
    environ = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}
    return Account(folder / "kubeconfig", folder, environ)


def _token(world: World) -> str:
    """Ask for a token as the kubelet does, once the account is there."""
    path = f"/api/v1/namespaces/{world.namespace}/serviceaccounts/vutler-router/token"
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 600}}

    def made() -> str | None:
        answer = world.server.http.post(path, json=request)
        return str(answer.json()["status"]["token"]) if answer.is_success else None

    return eventually(made, "a token")


def _cluster(server: ApiServer) -> dict[str, Any]:
    cluster: dict[str, Any] = yaml.safe_load(server.kubeconfig.read_text())["clusters"][0]["cluster"]
    return cluster
