"""Every pod made of an Agent, before the API server's own admission, in a namespace that enforces `restricted`."""

import copy
from typing import Any

import pytest

from tests.operator.api.rich_agent import rich_agent
from tests.operator.api.world import Object, World
from tests.support.helm import Helm

LEVEL = "pod-security.kubernetes.io/enforce"

RUNTIMES: dict[str, dict[str, Any]] = {
    "an image with its pull settings": {
        "image": "registry.example.com/openclaw:1",
        "imagePullPolicy": "Always",
        "imagePullSecrets": [{"name": "registry"}],
    },
    "resources": {"resources": {"requests": {"cpu": 1, "memory": "2Gi"}, "limits": {"memory": "4Gi"}}},
    "variables": {"env": [{"name": "FLAG", "value": "1"}, {"name": "TZ", "value": "UTC"}]},
    "a place on the nodes": {
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"operator": "Exists"}],
        "affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
    },
    "labels and annotations": {
        "podLabels": {LEVEL: "privileged", "team": "a"},
        "podAnnotations": {"example.com/note": "1"},
    },
    "own settings": {"config": {"agents": {"defaults": {"maxConcurrent": 2}}}},
}


@pytest.fixture
def restricted(world: World) -> World:
    """Let the namespace refuse every pod that is not confined."""
    labels = {"metadata": {"labels": {LEVEL: "restricted", f"{LEVEL}-version": "latest"}}}
    headers = {"Content-Type": "application/merge-patch+json"}
    answer = world.server.http.patch(f"/api/v1/namespaces/{world.namespace}", json=labels, headers=headers)
    assert answer.is_success, answer.text
    return world


def template_of(world: World, name: str = "ava") -> Object:
    template = copy.deepcopy(world.get("Deployment", name)["spec"]["template"])
    assert isinstance(template, dict)
    return template


def admission(world: World, template: Object) -> str:
    """Return why the API server refuses a pod of a template; empty when it takes it."""
    metadata = {**template["metadata"], "generateName": "probe-", "name": None}
    answer = world.server.create(
        {"apiVersion": "v1", "kind": "Pod", **template, "metadata": metadata}, world.namespace, dry_run=True
    )
    return "" if answer.is_success else str(answer.json()["message"])


@pytest.mark.usefixtures("operator")
def test_the_least_and_the_most_that_one_can_write(restricted: World) -> None:
    restricted.agent("ben", storage={"ephemeral": True})
    rich_agent(restricted)

    for name in ("ben", "ava"):
        assert admission(restricted, template_of(restricted, name)) == ""
        assert restricted.pod(name)["metadata"]["labels"]["vutler.io/agent"] == name, "its controller made it, too"


@pytest.mark.usefixtures("operator")
def test_one_that_was_stopped_and_started(restricted: World) -> None:
    restricted.agent(running=False)
    restricted.await_reason("Stopped")
    assert admission(restricted, template_of(restricted)) == ""

    restricted.patch("Agent", "ava", {"spec": {"running": True}})

    assert restricted.pod()["metadata"]["labels"]["vutler.io/agent"] == "ava"


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.usefixtures("operator")
def test_every_field_of_runtime(restricted: World, runtime: str) -> None:
    restricted.agent(runtime=RUNTIMES[runtime])

    assert admission(restricted, template_of(restricted)) == ""


@pytest.mark.usefixtures("operator")
def test_every_template_of_the_catalogue(restricted: World, helm: Helm) -> None:
    catalogue = helm.render().of_kind("AgentTemplate")
    for template in catalogue:
        name = template["metadata"]["name"]
        restricted.create("vutler.io/v1alpha1", "AgentTemplate", name, spec=template["spec"])
        restricted.agent(name, templateRef={"name": name})

    names = [template["metadata"]["name"] for template in catalogue]
    assert len(names) >= 5
    assert {name: admission(restricted, template_of(restricted, name)) for name in names} == dict.fromkeys(names, "")


@pytest.mark.parametrize(
    ("annotation", "reason"),
    [
        ("seccomp.security.alpha.kubernetes.io/pod", "RefusedByCluster"),
        ("container.apparmor.security.beta.kubernetes.io/openclaw", "PodRefused"),
        # Kubernetes itself reads this one no more: what counts is the field.
        ("container.seccomp.security.alpha.kubernetes.io/openclaw", "PodStarting"),
    ],
)
@pytest.mark.usefixtures("operator")
def test_no_annotation_loosens_it(restricted: World, annotation: str, reason: str) -> None:
    restricted.agent(runtime={"podAnnotations": {annotation: "unconfined"}})

    restricted.await_reason(reason, seconds=30)

    profiles = [pod["spec"]["securityContext"]["seccompProfile"]["type"] for pod in restricted.all("Pod")]
    assert profiles == (["RuntimeDefault"] if reason == "PodStarting" else [])


@pytest.mark.usefixtures("operator")
def test_one_that_is_not_confined_would_be_refused(restricted: World) -> None:
    restricted.agent()
    template = template_of(restricted)
    privileged, as_root, with_node = copy.deepcopy(template), copy.deepcopy(template), copy.deepcopy(template)
    privileged["spec"]["containers"][0]["securityContext"] = {"privileged": True}
    as_root["spec"]["securityContext"]["runAsNonRoot"] = False
    with_node["spec"]["hostNetwork"] = True

    for unconfined in (privileged, as_root, with_node):
        assert 'violates PodSecurity "restricted' in admission(restricted, unconfined)
