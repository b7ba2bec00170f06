import json

import pytest

from tests.e2e.cluster.conftest import Cluster

pytestmark = [pytest.mark.api, pytest.mark.timeout(900)]

CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "data"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}


def test_a_deployment_becomes_available_on_simulated_nodes(cluster: Cluster) -> None:
    cluster.up("simulated", "--nodes", "2")

    cluster.kubectl("create", "deployment", "web", "--image", "example.com/web:1", "--replicas", "3")
    cluster.kubectl("wait", "--for=condition=Available", "deployment/web", "--timeout=60s")

    nodes = json.loads(cluster.kubectl("get", "nodes", "-o", "json"))["items"]
    assert [node["metadata"]["name"] for node in nodes] == ["simulated-0", "simulated-1"]


def test_a_claim_is_bound_and_its_volume_goes_with_it(cluster: Cluster) -> None:
    cluster.up("simulated", "--nodes", "1")

    cluster.kubectl("apply", "-f", "-", stdin=json.dumps(CLAIM))
    cluster.kubectl("wait", "--for=jsonpath={.status.phase}=Bound", "pvc/data", "--timeout=30s")
    volume = cluster.kubectl("get", "pv", "-o", "name").strip()
    cluster.kubectl("delete", "pvc", "data")

    cluster.kubectl("wait", "--for=delete", volume, "--timeout=30s")
