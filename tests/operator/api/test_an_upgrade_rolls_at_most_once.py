"""What release 0.1.0 had made of an Agent without a field (`data/0.1.0/children.yaml`), taken over by today's."""

from pathlib import Path

import pytest
import yaml

from tests.operator.api.operator_process import eventually, run_operator
from tests.operator.api.router_stand_in import StandInRouter, run_stand_in
from tests.operator.api.world import CHILDREN, World
from vutler_operator import drift, names

OLD = Path(__file__).parent / "data" / "0.1.0" / "children.yaml"


@pytest.fixture
def old_release(world: World) -> World:
    """Leave in the namespace what the old release would have left."""
    uid = world.agent()["metadata"]["uid"]
    text = OLD.read_text().replace("team-a", world.namespace).replace("uid: 0f0e", f"uid: {uid}")
    for manifest in yaml.safe_load_all(text):
        path = f"{world.server.path(manifest, world.namespace)}/{manifest['metadata']['name']}"
        answer = world.server.http.patch(
            path,
            json=drift.stamp(manifest),
            params={"fieldManager": names.FIELD_MANAGER, "force": "true"},
            headers={"Content-Type": "application/apply-patch+yaml"},
        )
        assert answer.is_success, answer.text
    assert world.pod()["metadata"]["labels"]["vutler.io/agent"] == "ava"
    return world


def test_tokens_and_state_stay_and_the_pod_is_replaced_once_if_at_all(old_release: World, tmp_path: Path) -> None:
    world, before = old_release, old_release.children()

    with run_stand_in(StandInRouter()) as router:
        with run_operator(world.server.kubeconfig, router.url, tmp_path, world.namespace) as operator:
            world.await_reason("Synced", "RouterSynced", seconds=30)
            eventually(lambda: world.condition("ava").get("reason") == "PodStarting", "the pod that is there is seen")
            operator.settle(quiet_seconds=2)
            after = world.children()
        with run_operator(world.server.kubeconfig, router.url, tmp_path, world.namespace) as again:
            assert again.settle(quiet_seconds=1.5) == 0, "it agrees with itself"

    assert {kind: obj["metadata"]["uid"] for kind, obj in after.items()} == {
        kind: obj["metadata"]["uid"] for kind, obj in before.items()
    }
    assert len(after) == len(CHILDREN)
    assert after["Secret"]["data"] == before["Secret"]["data"], "nobody has to sign in anew"
    assert after["PersistentVolumeClaim"]["spec"] == before["PersistentVolumeClaim"]["spec"]
    assert after["Deployment"]["spec"]["selector"] == before["Deployment"]["spec"]["selector"]
    assert after["Deployment"]["metadata"]["generation"] - before["Deployment"]["metadata"]["generation"] <= 1
