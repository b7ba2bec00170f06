from collections.abc import Callable

import pytest

from tests.operator.api.operator_process import OperatorProcess, eventually
from tests.operator.api.world import World

ROLLS: dict[str, Callable[[World], object]] = {
    "prompt": lambda world: world.patch("Agent", "ava", {"spec": {"systemPrompt": "Another."}}),
    "image": lambda world: world.patch("Agent", "ava", {"spec": {"runtime": {"image": "other:1"}}}),
    "env": lambda world: world.patch("Agent", "ava", {"spec": {"runtime": {"env": [{"name": "A", "value": "b"}]}}}),
    "skill": lambda world: world.patch("ConfigMap", "texts", {"data": {"skill": "Another."}}),
    "secret in env": lambda world: world.patch("Secret", "mail", {"data": {"token": "dC0y"}}),
    "template": lambda world: world.patch(
        "AgentTemplate", "base", {"spec": {"agent": {"runtime": {"podLabels": {"a": "b"}}}}}
    ),
    "rotation": lambda world: world.patch(
        "Agent", "ava", {"metadata": {"annotations": {"vutler.io/rotate-tokens": "1"}}}
    ),
}

RELOADS: dict[str, Callable[[World], object]] = {
    "OpenClaw setting": lambda world: world.patch(
        "Agent", "ava", {"spec": {"runtime": {"config": {"agents": {"defaults": {"maxConcurrent": 2}}}}}}
    ),
    "model": lambda world: world.patch("LLMConfig", "default", {"spec": {"tier": "premium"}}),
    "delegates": lambda world: world.patch("Agent", "ava", {"spec": {"delegates": [{"name": "ben"}]}}),
}


@pytest.fixture
def generation(operator: OperatorProcess, world: World) -> int:
    """Settle an agent with one of everything, and return its Deployment's generation."""
    world.create("v1", "ConfigMap", "texts", data={"skill": "Say hello."})
    world.secret("mail", token="t-1")
    world.llm_config(mode="Managed", tier="economy")
    world.create("vutler.io/v1alpha1", "AgentTemplate", "base", spec={"agent": {"displayName": "Ava"}})
    source = {"secretKeyRef": {"name": "mail", "key": "token"}}
    world.agent(
        templateRef={"name": "base"},
        llmConfigRef={"name": "default"},
        skills={"greet": {"configMapKeyRef": {"name": "texts", "key": "skill"}}},
        runtime={"env": [{"name": "MAIL", "valueFrom": source}]},
    )
    world.await_reason("PodStarting")
    operator.settle()
    return int(world.get("Deployment", "ava")["metadata"]["generation"])


@pytest.mark.parametrize("change", ROLLS)
def test_rolls_once(operator: OperatorProcess, world: World, generation: int, change: str) -> None:
    before = world.get("Deployment", "ava")["spec"]["template"]

    ROLLS[change](world)

    eventually(lambda: world.get("Deployment", "ava")["spec"]["template"] != before, "another pod template")
    operator.settle()
    assert world.get("Deployment", "ava")["metadata"]["generation"] == generation + 1


@pytest.mark.parametrize("change", RELOADS)
def test_rolls_nothing(operator: OperatorProcess, world: World, generation: int, change: str) -> None:
    before = operator.settle()

    RELOADS[change](world)

    eventually(lambda: operator.writes() > before, "some write") if change != "delegates" else operator.settle()
    operator.settle()
    assert world.get("Deployment", "ava")["metadata"]["generation"] == generation


@pytest.mark.usefixtures("generation")
def test_rotation_changes_both_tokens_once(operator: OperatorProcess, world: World) -> None:
    old = world.get("Secret", "ava-credentials")["data"]

    ROLLS["rotation"](world)

    eventually(lambda: world.get("Secret", "ava-credentials")["data"] != old, "new tokens")
    new = world.get("Secret", "ava-credentials")["data"]
    assert all(new[key] != old[key] for key in ("router-token", "gateway-token"))
    world.patch("Agent", "ava", {"spec": {"displayName": "Ava B."}})
    operator.settle()
    assert world.get("Secret", "ava-credentials")["data"] == new
