"""Twelve agents of one template, and a pace of three. The test is the kubelet: no pod is ready until it says so."""

import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.operator.api.kubelet import bring_up
from tests.operator.api.operator_process import OperatorProcess, eventually, run_operator
from tests.operator.api.router_stand_in import StandInRouter
from tests.operator.api.world import Object, World

AGENTS = [f"a{number:02}" for number in range(12)]
PACE = 3


@pytest.fixture
def start(
    world: World, own_router: StandInRouter, tmp_path: Path
) -> Callable[[], AbstractContextManager[OperatorProcess]]:
    pace = {"OPERATOR_ROLLOUTS": str(PACE)}
    return lambda: run_operator(world.server.kubeconfig, own_router.url, tmp_path, world.namespace, **pace)


def is_available(deployment: Object) -> bool:
    status = deployment.get("status", {})
    seen = status.get("observedGeneration", 0) >= deployment["metadata"]["generation"]
    return bool(seen and status.get("updatedReplicas") and status.get("availableReplicas"))


def change_template(world: World, **spec: Any) -> None:
    world.patch("AgentTemplate", "base", {"spec": {"agent": spec}})


def make_agents(world: World) -> dict[str, int]:
    """Make the agents, bring them up, and return their Deployments' generations."""
    world.create("vutler.io/v1alpha1", "AgentTemplate", "base", spec={"agent": {"systemPrompt": "You help."}})
    for name in AGENTS:
        world.agent(name, templateRef={"name": "base"})

    def all_ready() -> bool:
        bring_up(world)
        return all(world.condition(name).get("reason") == "AgentReady" for name in AGENTS)

    eventually(all_ready, "all agents are ready", seconds=60)
    return generations(world)


def generations(world: World) -> dict[str, int]:
    return {found["metadata"]["name"]: found["metadata"]["generation"] for found in world.all("Deployment")}


def image(deployment: Object) -> str:
    return str(deployment["spec"]["template"]["spec"]["containers"][0]["image"])


def waits(operator: OperatorProcess) -> int:
    found = re.search(r"^vutler_operator_rollouts_waiting (\S+)$", operator.metrics(), re.MULTILINE)
    return int(float(found[1])) if found else -1


def roll_until(world: World, done: Callable[[list[Object]], bool]) -> None:
    """Bring up one pod after another until it is done, and see that never more agents are down than may be."""
    deadline = time.monotonic() + 60
    while not done(deployments := world.all("Deployment")):
        down = [found["metadata"]["name"] for found in deployments if not is_available(found)]
        assert len(down) <= PACE, f"down at once: {down}"
        assert time.monotonic() < deadline, [(found["metadata"]["name"], found["status"]) for found in deployments]
        bring_up(world, 1)


def test_at_no_moment_more_than_the_pace_and_each_agent_once_through_a_restart(
    world: World, start: Callable[[], AbstractContextManager[OperatorProcess]]
) -> None:
    def rolled(deployments: list[Object]) -> int:
        return sum(image(found) == "openclaw:2" and is_available(found) for found in deployments)

    with start() as first:
        before = make_agents(world)
        first.settle()
        change_template(world, runtime={"image": "openclaw:2"})
        roll_until(world, lambda found: rolled(found) >= 4)
        waiting = waits(first)
    with start() as second:
        roll_until(world, lambda found: rolled(found) == len(AGENTS))
        second.settle()
        assert waits(second) == 0

    assert 0 < waiting < len(AGENTS)
    assert generations(world) == {name: generation + 1 for name, generation in before.items()}
    assert {world.condition(name, "ConfigValid")["reason"] for name in AGENTS} <= {"Valid", "VersionNotChecked"}


def test_a_broken_template_stops_at_the_first_few_and_its_correction_goes_through(
    world: World, start: Callable[[], AbstractContextManager[OperatorProcess]]
) -> None:
    with start() as operator:
        before = make_agents(world)
        operator.settle()

        change_template(world, runtime={"image": "broken:1"}, systemPrompt="You break.")
        eventually(lambda: waits(operator) == len(AGENTS) - PACE, lambda: f"nine wait, not {waits(operator)}")
        eventually(lambda: sum(map(is_available, world.all("Deployment"))) == len(AGENTS) - PACE, "three are down")
        quiet = operator.settle(quiet_seconds=2)

        broken = [found["metadata"]["name"] for found in world.all("Deployment") if image(found) == "broken:1"]
        held = [name for name in AGENTS if name not in broken]
        assert len(broken) == PACE
        for name in held:
            assert world.condition(name, "ConfigValid")["reason"] == "RolloutPending"
            assert world.condition(name)["reason"] == "AgentReady"
            assert world.get("ConfigMap", f"{name}-config")["data"]["AGENTS.md"] == "You help."
        assert operator.settle(quiet_seconds=1) == quiet

        world.delete("Service", held[0])
        eventually(lambda: world.find("Service", held[0]), "a Service that is lost comes back at once")
        world.patch("Agent", held[1], {"spec": {"runtime": {"image": "own:1"}}})
        eventually(lambda: image(world.get("Deployment", held[1])) == "own:1", "an own edit waits for nobody")

        change_template(world, runtime={"image": "openclaw:3"}, systemPrompt="You help again.")
        eventually(
            lambda: all(image(world.get("Deployment", name)) == "openclaw:3" for name in broken),
            "the broken ones take the correction at once",
        )

        def all_up() -> bool:
            bring_up(world)
            return all(map(is_available, world.all("Deployment"))) and waits(operator) == 0

        eventually(all_up, "all are up", seconds=60)
        operator.settle()
        after = generations(world)
    assert {name: after[name] - before[name] for name in AGENTS} == {
        name: 2 if name in broken or name == held[1] else 1 for name in AGENTS
    }
