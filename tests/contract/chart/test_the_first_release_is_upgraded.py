"""Release 0.1.0, as it was packaged, upgraded to the chart of today on a real API server; there are no nodes."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.support.api_server import ApiServer
from tests.support.helm import CHART, OLD_CHART, REPLICATED, Helm

SCOPED: dict[str, Any] = {"watchNamespaces": ["default"]}
SHAPES: dict[str, dict[str, Any]] = {"as it comes": {}, "in named namespaces": SCOPED, "replicated": dict(REPLICATED)}


@pytest.fixture
def program(helm: Helm, crds: ApiServer, namespace: str) -> Iterator[Helm]:
    found = replace(helm, kubeconfig=crds.kubeconfig)
    yield found
    found.run("uninstall", "vutler", "--ignore-not-found", namespace=namespace)


def objects(server: ApiServer, namespace: str, kinds: str) -> dict[str, dict[str, Any]]:
    arguments = ("get", kinds, "-n", namespace, "-l", "app.kubernetes.io/part-of=vutler", "-o", "json")
    items = json.loads(server.kubectl(*arguments).stdout)["items"]
    return {f"{item['kind']}/{item['metadata']['name']}": item for item in items}


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_that_holds_data_is_replaced(program: Helm, crds: ApiServer, namespace: str, shape: str) -> None:
    def install(chart: str) -> dict[str, dict[str, Any]]:
        program.run("upgrade", "vutler", chart, "--install", "--skip-crds", values=SHAPES[shape], namespace=namespace)
        return objects(crds, namespace, "secrets,persistentvolumeclaims,services,deployments,agenttemplates")

    before = install(str(OLD_CHART))
    after = install(str(CHART))

    assert before
    assert {name: after[name]["metadata"]["uid"] for name in before} == {
        name: obj["metadata"]["uid"] for name, obj in before.items()
    }, "each is the same object, changed at most"
    for name, obj in before.items():
        if obj["kind"] == "Secret":
            assert obj["data"].items() <= after[name]["data"].items(), "nobody has to sign in anew"
