import pytest

from tests.operator.api.operator_process import OperatorProcess, eventually
from tests.operator.api.world import CHILDREN, World


@pytest.mark.parametrize(("kind", "name"), [child for child in CHILDREN if child[0] != "PersistentVolumeClaim"])
@pytest.mark.usefixtures("operator")
def test_a_deleted_child_comes_back(world: World, kind: str, name: str) -> None:
    world.agent()
    old = world.children()[kind]["metadata"]["uid"]

    world.delete(kind, name)

    eventually(
        lambda: (world.find(kind, name) or {}).get("metadata", {}).get("uid") not in {None, old}, f"a new {kind}"
    )


def test_what_somebody_changed_is_set_back(operator: OperatorProcess, world: World) -> None:
    world.agent()
    world.children()
    operator.settle()

    world.patch("Deployment", "ava", {"spec": {"replicas": 3}})
    world.patch("ConfigMap", "ava-config", {"data": {"AGENTS.md": "You are evil."}})
    world.patch(
        "Service", "ava", {"metadata": {"labels": {"vutler.io/agent": "ava", "app.kubernetes.io/part-of": "x"}}}
    )

    eventually(lambda: world.get("Deployment", "ava")["spec"]["replicas"] == 1, "one replica")
    eventually(lambda: world.get("ConfigMap", "ava-config")["data"]["AGENTS.md"] == "You are ava.", "the persona")
    eventually(
        lambda: world.get("Service", "ava")["metadata"]["labels"]["app.kubernetes.io/part-of"] == "vutler", "the label"
    )


def test_what_somebody_added_is_taken_away_again(operator: OperatorProcess, world: World) -> None:
    world.agent()
    deployment = world.children()["Deployment"]
    operator.settle()

    container = deployment["spec"]["template"]["spec"]["containers"][0]
    spy = {"name": "SPY", "value": "1"}
    containers = [{**container, "env": [*container["env"], spy]}, {"name": "miner", "image": "miner"}]
    world.patch("Deployment", "ava", {"spec": {"template": {"spec": {"hostNetwork": True, "containers": containers}}}})
    world.patch("ConfigMap", "ava-config", {"data": {"SOUL.md": "x"}})

    def clean() -> bool:
        pod = world.get("Deployment", "ava")["spec"]["template"]["spec"]
        names = [found["name"] for found in pod["containers"]]
        return names == ["openclaw"] and spy not in pod["containers"][0]["env"] and not pod.get("hostNetwork")

    eventually(clean, "a Deployment as it was")
    eventually(lambda: "SOUL.md" not in world.get("ConfigMap", "ava-config")["data"], "a ConfigMap as it was")
    operator.settle()
    versions = world.versions()
    world.patch("Agent", "ava", {"metadata": {"annotations": {"touched": "1"}}})
    operator.settle()
    assert world.versions() | {"Agent/ava": ""} == versions | {"Agent/ava": ""}, "clean is clean"


def test_a_restart_by_kubectl_is_left_alone(operator: OperatorProcess, world: World) -> None:
    world.agent()
    world.children()
    operator.settle()

    restarted = {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "2026-11-21T00:00:00Z"}}}
    generation = world.patch("Deployment", "ava", {"spec": {"template": restarted}})["metadata"]["generation"]

    operator.settle()
    assert world.get("Deployment", "ava")["metadata"]["generation"] == generation


def test_a_removed_field_goes_with_the_change_that_removed_it(operator: OperatorProcess, world: World) -> None:
    world.agent(runtime={"env": [{"name": "COLOUR", "value": "blue"}]}, skills={"greet": "Hello."})
    world.children()
    operator.settle()
    generation = world.get("Deployment", "ava")["metadata"]["generation"]

    world.patch("Agent", "ava", {"spec": {"runtime": {"env": []}, "skills": None}})
    operator.settle()

    deployment = world.get("Deployment", "ava")
    names = {variable["name"] for variable in deployment["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert "COLOUR" not in names
    assert deployment["metadata"]["generation"] == generation + 1
    assert set(world.get("ConfigMap", "ava-config")["data"]) == {"AGENTS.md", "openclaw.json"}


@pytest.mark.parametrize(("kind", "name"), CHILDREN)
@pytest.mark.usefixtures("operator")
def test_a_foreign_object_is_never_taken_over(world: World, kind: str, name: str) -> None:
    version = {"Deployment": "apps/v1", "NetworkPolicy": "networking.k8s.io/v1"}.get(kind, "v1")
    labels = {"app": "other"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    spec = {
        "Deployment": {"replicas": 0, "selector": {"matchLabels": labels}, "template": template},
        "Service": {"ports": [{"port": 80}]},
        "NetworkPolicy": {"podSelector": {}},
        "PersistentVolumeClaim": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }.get(kind)
    world.create(version, kind, name, **({"spec": spec} if spec else {}))

    world.agent()

    conflict = world.await_reason("NameConflict")
    assert conflict["message"].startswith(f'{kind} "{name}" exists already and does not belong to this Agent')
    assert world.get("Agent", "ava")["status"]["phase"] == "Failed"
    assert "vutler.io/agent" not in world.get(kind, name)["metadata"].get("labels", {})
    assert kind == "Deployment" or world.find("Deployment", "ava") is None


@pytest.mark.usefixtures("operator")
def test_the_agent_recovers_when_the_name_is_free(world: World) -> None:
    world.create("v1", "ConfigMap", "ava-config", data={})
    world.agent()
    world.await_reason("NameConflict")

    world.delete("ConfigMap", "ava-config")

    world.await_reason("PodStarting")
