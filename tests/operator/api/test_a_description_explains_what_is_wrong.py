import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.operator.api.operator_process import OperatorProcess, eventually
from tests.operator.api.world import World

PODS: dict[str, dict[str, Any]] = {
    "ImagePullBackOff": {
        "state": {"waiting": {"reason": "ErrImagePull", "message": "ghcr.io/x/y:1: not found"}},
    },
    "CrashLoopBackOff": {
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s restarting failed container"}},
        "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}},
        "restartCount": 2,
    },
    "OOMKilled": {
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}},
        "restartCount": 1,
    },
    "InvalidConfig": {"state": {"terminated": {"exitCode": 78, "reason": "Error"}}},
}


@pytest.mark.parametrize("reason", PODS)
@pytest.mark.usefixtures("operator")
def test_of_a_pod_that_does_not_run(world: World, reason: str) -> None:
    world.agent()
    world.await_reason("PodStarting")

    world.report_pod(**PODS[reason])

    condition = world.await_reason(reason)
    assert condition["message"]
    assert world.get("Agent", "ava")["status"]["phase"] == "Failed"
    eventually(
        lambda: (
            reason in {event["reason"] for event in world.all("Event") if event["involvedObject"]["kind"] == "Agent"}
        ),
        "an event that says it",
    )


@pytest.mark.usefixtures("operator")
def test_kubectl_describe_names_the_missing_secret_and_the_remedy(world: World) -> None:
    world.llm_config(
        mode="BYOKey", provider="openai", model="gpt-4o-mini", apiKeySecretRef={"name": "openai", "key": "key"}
    )
    world.agent(llmConfigRef={"name": "default"})
    world.await_reason("SecretNotFound")

    described = world.server.kubectl("describe", "agent", "ava", "-n", world.namespace).stdout

    assert f'Secret "openai" does not exist in namespace {world.namespace}: create it' in described
    assert "Warning  SecretNotFound" in described


@pytest.mark.usefixtures("operator")
def test_of_a_pod_that_cannot_be_prepared(world: World) -> None:
    world.agent()
    world.await_reason("PodStarting", seconds=60)
    name = world.pod()["metadata"]["name"]
    failed = {"state": {"terminated": {"exitCode": 1, "reason": "Error"}}, "ready": False, "restartCount": 1}

    prepare = {"name": "prepare", "image": "openclaw", "imageID": "", **failed}
    world.patch("Pod", name, {"status": {"initContainerStatuses": [prepare]}}, subresource="status")

    condition = world.await_reason("PrepareFailed", seconds=60)
    assert condition["message"].endswith(f"see kubectl logs {name} -c prepare")


def test_of_a_pod_that_a_quota_refuses_at_each_try(operator: OperatorProcess, world: World) -> None:
    path = f"/api/v1/namespaces/{world.namespace}/resourcequotas"
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}}
    assert world.server.http.post(path, json=quota).is_success
    eventually(lambda: world.server.http.get(f"{path}/none").json().get("status"), "the quota in force", seconds=60)

    world.agent()

    condition = world.await_reason("QuotaExceeded", seconds=60)
    operator.settle()
    assert "the pod is forbidden: exceeded quota: none, requested: pods=1, limited: pods=0" in condition["message"]
    assert world.condition("ava") == condition
    assert events(world) == ["QuotaExceeded"]


def test_of_a_pod_that_crashes_on_and_on_once(operator: OperatorProcess, world: World) -> None:
    world.agent()
    world.await_reason("PodStarting", seconds=60)
    died = {"terminated": {"exitCode": 1, "reason": "Error"}}
    world.report_pod(state=died)
    world.await_reason("CrashLoopBackOff", seconds=60)
    operator.settle()
    told = world.get("Agent", "ava")["metadata"]["resourceVersion"]

    versions = set()
    for restarts in range(1, 6):
        waiting = {"reason": "CrashLoopBackOff", "message": f"back-off {restarts}0s restarting failed container"}
        for state, last in ((died, {}), ({"waiting": waiting}, died), ({"running": {}}, died)):
            with another_pass(operator):
                world.report_pod(state=state, lastState=last, restartCount=restarts)
            versions.add(world.get("Agent", "ava")["metadata"]["resourceVersion"])
    operator.settle()

    assert versions == {told}
    assert events(world) == ["CrashLoopBackOff"]


@pytest.mark.usefixtures("operator")
def test_a_refused_setting_is_named_and_the_pod_keeps_its_last_good_one(world: World) -> None:
    world.agent()
    world.await_reason("PodStarting", seconds=60)
    world.report_pod()
    world.await_reason("AgentReady", seconds=60)
    config, deployment = (world.get(kind, name) for kind, name in (("ConfigMap", "ava-config"), ("Deployment", "ava")))

    slip = {"agents": {"defaults": {"heartbeat": {"evry": "1m"}}}}
    world.patch("Agent", "ava", {"spec": {"systemPrompt": "New.", "runtime": {"config": slip}}})

    condition = world.await_reason("InvalidConfig", "ConfigValid", seconds=60)
    place = "spec.runtime.config.agents.defaults.heartbeat.evry"
    assert condition["message"] == f'{place}: unknown setting (did you mean "every"?)'
    assert world.get("ConfigMap", "ava-config")["data"] == config["data"]
    assert world.get("Deployment", "ava")["spec"] == deployment["spec"]
    assert world.get("Agent", "ava")["status"]["phase"] == "Degraded"
    assert events(world) == ["AgentReady", "InvalidConfig"]

    world.patch("Agent", "ava", {"spec": {"runtime": {"config": {"agents": {"defaults": {"heartbeat": None}}}}}})

    world.await_reason("Valid", "ConfigValid", seconds=60)
    assert world.get("ConfigMap", "ava-config")["data"]["AGENTS.md"] == "New."
    generation = deployment["metadata"]["generation"] + 1
    eventually(lambda: world.get("Deployment", "ava")["metadata"]["generation"] == generation, "one new pod")


def test_a_wrong_setting_of_a_template_is_named_at_each_of_its_agents_and_mended_in_one_place(
    operator: OperatorProcess, world: World
) -> None:
    world.create("vutler.io/v1alpha1", "AgentTemplate", "base", spec={"agent": {"systemPrompt": "You help."}})
    for name in ("ava", "ben"):
        world.agent(name, templateRef={"name": "base"})
        world.await_reason("PodStarting", name=name, seconds=60)
    before = {name: world.get("Deployment", name)["metadata"]["generation"] for name in ("ava", "ben")}

    wrong = {"agents": {"defaults": {"maxConcurrent": 0}}}
    world.patch("AgentTemplate", "base", {"spec": {"agent": {"runtime": {"config": wrong}}}})

    for name in before:
        condition = world.await_reason("InvalidConfig", "ConfigValid", name=name, seconds=60)
        assert condition["message"] == "spec.runtime.config.agents.defaults.maxConcurrent: must be more than 0"
    operator.settle()
    assert {name: world.get("Deployment", name)["metadata"]["generation"] for name in before} == before

    world.patch("AgentTemplate", "base", {"spec": {"agent": {"runtime": {"config": None}}}})

    for name in before:
        world.await_reason("Valid", "ConfigValid", name=name, seconds=60)
    operator.settle()
    assert {name: world.get("Deployment", name)["metadata"]["generation"] for name in before} == before


@pytest.mark.usefixtures("operator")
def test_settings_of_another_version_are_not_judged_and_it_says_so(world: World) -> None:
    world.agent(runtime={"image": "openclaw:2027.1.0", "config": {"news": {"of": "2027"}}})

    condition = world.await_reason("VersionNotChecked", "ConfigValid", seconds=60)

    assert condition["status"] == "True"
    assert 'the image is "openclaw:2027.1.0"' in condition["message"]
    assert '"news"' in world.get("ConfigMap", "ava-config")["data"]["openclaw.json"]


def test_an_event_is_told_once(operator: OperatorProcess, world: World) -> None:
    world.agent(llmConfigRef={"name": "default"})
    world.await_reason("LLMConfigNotFound")
    for number in range(3):
        world.patch("Agent", "ava", {"metadata": {"annotations": {"touched": str(number)}}})
    operator.settle()

    assert events(world) == ["LLMConfigNotFound"]


def events(world: World) -> list[str]:
    """Return the reasons of what was told of agents, the first first."""
    told = [event for event in world.all("Event") if event["involvedObject"]["kind"] == "Agent"]
    return [event["reason"] for event in sorted(told, key=lambda event: int(event["metadata"]["resourceVersion"]))]


@contextmanager
def another_pass(operator: OperatorProcess) -> Iterator[None]:
    """Wait at the end until an agent was reconciled after the beginning."""
    before = reconciles(operator)
    yield
    eventually(lambda: reconciles(operator) > before, "another pass")


def reconciles(operator: OperatorProcess) -> float:
    counts = re.findall(
        r'^vutler_operator_reconcile_duration_seconds_count{.*kind="Agent".*} (\S+)$', operator.metrics(), re.MULTILINE
    )
    return sum(map(float, counts))
