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
def test_a_refused_setting_is_named_and_the_pod_keeps_its_last_good_one(world: World) -> None:
    world.agent()
    world.await_reason("PodStarting")
    world.report_pod()
    world.await_reason("AgentReady")
    before = world.get("ConfigMap", "ava-config")["data"]

    world.patch("Agent", "ava", {"spec": {"systemPrompt": "New.", "runtime": {"config": {"agents": {"defaults": []}}}}})

    condition = world.await_reason("InvalidConfig", "ConfigValid")
    assert condition["message"] == "spec.runtime.config.agents.defaults must be an object, not a list"
    assert world.get("ConfigMap", "ava-config")["data"] == before
    assert world.get("Agent", "ava")["status"]["phase"] == "Degraded"


def test_an_event_is_told_once(operator: OperatorProcess, world: World) -> None:
    world.agent(llmConfigRef={"name": "default"})
    world.await_reason("LLMConfigNotFound")
    for number in range(3):
        world.patch("Agent", "ava", {"metadata": {"annotations": {"touched": str(number)}}})
    operator.settle()

    told = [event["reason"] for event in world.all("Event") if event["involvedObject"]["kind"] == "Agent"]
    assert told == ["LLMConfigNotFound"]
