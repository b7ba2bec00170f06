from typing import Any

import pytest

from tests.operator.api.operator_process import OperatorProcess, eventually
from tests.operator.api.world import World

TEMPLATE = {"agent": {"systemPrompt": "You support.", "runtime": {"podLabels": {"team": "a"}}}}


def template(world: World, **spec: Any) -> None:
    world.create("vutler.io/v1alpha1", "AgentTemplate", "base", spec=spec or TEMPLATE)


def events(world: World, reason: str) -> list[str]:
    return [event["type"] for event in world.all("Event") if event["reason"] == reason]


def test_agents_of_a_deleted_template_run_on_and_recover_when_it_is_there_again(
    operator: OperatorProcess, world: World
) -> None:
    template(world)
    world.agent(templateRef={"name": "base"})
    world.await_reason("PodStarting", seconds=40)
    world.report_pod()
    world.await_reason("AgentReady", seconds=40)
    operator.settle()
    children, pod = world.children(), world.pod()["metadata"]["uid"]
    told = len(events(world, "TemplateNotFound"))

    world.delete("AgentTemplate", "base")

    found = world.await_reason("TemplateNotFound", "TemplateResolved", seconds=40)
    operator.settle()
    assert (found["status"], "base" in found["message"]) == ("False", True)
    assert world.condition("ava")["reason"] == "TemplateNotFound"
    assert world.get("Agent", "ava")["status"]["phase"] == "Degraded"
    assert world.children() == children
    assert events(world, "TemplateNotFound")[told:] == ["Warning"]

    template(world)

    world.await_reason("AgentReady", seconds=40)
    operator.settle()
    assert world.children() == children
    assert world.pod()["metadata"]["uid"] == pod
    assert world.get("Agent", "ava")["status"]["phase"] == "Running"


def test_an_agent_that_is_stopped_by_its_template_stays_stopped_without_it(
    operator: OperatorProcess, world: World
) -> None:
    template(world, agent={"running": False})
    world.agent(templateRef={"name": "base"})
    world.await_reason("Stopped", seconds=40)

    world.delete("AgentTemplate", "base")

    world.await_reason("TemplateNotFound", "TemplateResolved", seconds=40)
    operator.settle()
    assert world.get("Agent", "ava")["status"]["phase"] == "Stopped"
    assert world.get("Deployment", "ava")["spec"]["replicas"] == 0


@pytest.mark.parametrize("through_template", [True, False], ids=["named by a template", "named by the agents"])
def test_a_prompt_file_that_changes_reaches_all_its_agents_and_rolls_each_once(
    operator: OperatorProcess, world: World, *, through_template: bool
) -> None:
    source = {"systemPromptFrom": {"configMapKeyRef": {"name": "prompts", "key": "support"}}}
    world.create("v1", "ConfigMap", "prompts", data={"support": "You support.", "other": "x"})
    template(world, agent=source if through_template else {"displayName": "T"})
    for name in ("ava", "ben"):
        world.agent(name, templateRef={"name": "base"}, **({} if through_template else source))
    for name in ("ava", "ben"):
        world.await_reason("PodStarting", name=name, seconds=40)
        world.report_pod(name)
        world.await_reason("AgentReady", name=name, seconds=40)
    operator.settle()
    before = {name: world.get("Deployment", name)["metadata"]["generation"] for name in ("ava", "ben")}

    world.patch("ConfigMap", "prompts", {"data": {"support": "You support well.", "other": "y"}})

    def is_new(name: str) -> bool:
        persona = world.get("ConfigMap", f"{name}-config")["data"]["AGENTS.md"]
        generation = world.get("Deployment", name)["metadata"]["generation"]
        return bool(persona == "You support well." and generation > before[name])

    eventually(lambda: all(map(is_new, before)), "both have the new persona", seconds=40)
    operator.settle()
    after = {name: world.get("Deployment", name)["metadata"]["generation"] for name in before}
    assert after == {name: generation + 1 for name, generation in before.items()}
