"""Installs, upgrades and uninstalls on a real API server; there are no nodes, so nothing runs."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.support.api_server import CRDS, ApiServer
from tests.support.helm import CHART, REPLICATED, Helm
from vutler_router.settings.values import decode_master_key

EVERYTHING: dict[str, Any] = dict(REPLICATED) | {
    "ingress": {"enabled": True, "className": "nginx", "tlsSecretName": "cert"},
    "managed": {"keys": {"openai": {"value": "sk"}, "mistral": {"secretKeyRef": {"name": "keys", "key": "m"}}}},
    "networkPolicy": {"allowFrom": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "web"}}}]},
    "scheduling": {"nodeSelector": {"disk": "ssd"}, "tolerations": [{"key": "dedicated", "operator": "Exists"}]},
    "prices": {"openai/gpt-4o": {"input": 1, "output": 2}},
    "imagePullSecrets": ["registry"],
}


class Installation:
    """A namespace of the API server in which releases of the chart come and go."""

    def __init__(self, helm: Helm, server: ApiServer, namespace: str) -> None:
        self._helm = replace(helm, kubeconfig=server.kubeconfig)
        self._server = server
        self.namespace = namespace

    def upgrade(self, values: dict[str, Any] | None = None) -> str:
        """Install, or upgrade to `values`, and return what Helm says."""
        arguments = ("upgrade", "vutler", str(CHART), "--install", "--reset-values")
        return self._helm.run(*arguments, values=values, namespace=self.namespace)

    def uninstall(self) -> None:
        """Remove the release, if there is one."""
        self._helm.run("uninstall", "vutler", "--ignore-not-found", namespace=self.namespace)

    def get(self, resource: str) -> list[dict[str, Any]]:
        """Return the release's objects of one resource in its namespace."""
        arguments = ("get", resource, "-n", self.namespace, "-l", "app.kubernetes.io/part-of=vutler", "-o", "json")
        items: list[dict[str, Any]] = json.loads(self._server.kubectl(*arguments).stdout)["items"]
        return items

    def credentials(self) -> dict[str, str]:
        """Return the generated Secret's values."""
        (secret,) = [item for item in self.get("secrets") if item["metadata"]["name"] == "vutler-credentials"]
        return {name: base64.b64decode(value).decode() for name, value in secret["data"].items()}


@pytest.fixture
def installation(helm: Helm, crds: ApiServer, namespace: str) -> Iterator[Installation]:
    made = Installation(helm, crds, namespace)
    yield made
    made.uninstall()


def test_the_first_install_brings_the_catalogue_and_secrets_that_survive_upgrades(installation: Installation) -> None:
    installation.upgrade()
    assert len(installation.get("agenttemplates")) == 5
    first = installation.credentials()
    assert len(first["ROUTER_ADMIN_TOKEN"]) >= 32
    decode_master_key(first["LLM_ENCRYPTION_KEY"])
    installation.upgrade({"managed": {"provider": "echo"}})
    assert installation.credentials() == first


def test_data_and_keys_outlive_the_release_and_are_taken_up_by_the_next(installation: Installation) -> None:
    installation.upgrade()
    first = installation.credentials()
    installation.uninstall()
    assert [claim["metadata"]["name"] for claim in installation.get("persistentvolumeclaims")] == ["vutler-router-data"]
    installation.upgrade()
    assert installation.credentials() == first


def test_uninstalling_leaves_nothing_when_told_so(installation: Installation) -> None:
    installation.upgrade({"keepOnUninstall": False})
    installation.uninstall()
    kinds = "secrets,configmaps,services,deployments,roles,networkpolicies,poddisruptionbudgets,agenttemplates"
    assert installation.get(kinds) == []


def test_a_release_changes_from_one_shape_to_another_and_back(installation: Installation) -> None:
    scoped = EVERYTHING | {"watchNamespaces": [installation.namespace]}
    for values, replicas, strategy in (({}, 1, "Recreate"), (scoped, 3, "RollingUpdate"), ({}, 1, "Recreate")):
        installation.upgrade(values)
        (router,) = [item for item in installation.get("deployments") if item["metadata"]["name"] == "vutler-router"]
        assert (router["spec"]["replicas"], router["spec"]["strategy"]["type"]) == (replicas, strategy)


def test_an_upgrade_says_when_the_crds_are_not_the_charts(installation: Installation, crds: ApiServer) -> None:
    installation.upgrade()
    assert "ATTENTION" not in installation.upgrade()
    older = [{"op": "replace", "path": "/spec/versions/0/schema/openAPIV3Schema/description", "value": "An older one."}]
    crds.kubectl("patch", "crd", "agents.vutler.io", "--type=json", "-p", json.dumps(older))
    try:
        assert "these differ from the chart's: agents.vutler.io." in installation.upgrade()
    finally:
        crds.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(CRDS))
    assert "ATTENTION" not in installation.upgrade()
