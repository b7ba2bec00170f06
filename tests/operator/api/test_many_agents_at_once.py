"""The reduced form of `make bench-operator`: counts are exact here, times only bounded."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operator.api.operator_process import OperatorProcess, eventually, run_operator
from tests.operator.api.router_stand_in import StandInRouter
from tests.operator.api.world import World

pytestmark = pytest.mark.timeout(300, func_only=True)

READY = {"type": "Ready", "status": "True"}
RUNS = {
    "name": "openclaw",
    "image": "openclaw",
    "imageID": "",
    "ready": True,
    "restartCount": 0,
    "state": {"running": {}},
}
MOST_WRITES = 11
BROKEN = (
    {"templateRef": {"name": "absent"}},
    {"llmConfigRef": {"name": "absent"}},
    {"systemPromptFrom": {"configMapKeyRef": {"name": "absent", "key": "prompt"}}},
    {"runtime": {"config": {"nonsense": 1}}},
    {"runtime": {"image": "example.com/absent:1"}},
)


@pytest.fixture
def own_operator(router: StandInRouter, world: World, tmp_path: Path) -> Iterator[OperatorProcess]:
    with run_operator(world.server.kubeconfig, router.url, tmp_path, world.namespace) as running:
        yield running


def start_pods(world: World, count: int) -> None:
    """Report every pod as ready, each once, when it is there."""
    started: set[str] = set()

    def look() -> bool:
        for pod in world.all("Pod"):
            name = pod["metadata"]["name"]
            if name not in started:
                status = {"phase": "Running", "conditions": [READY], "containerStatuses": [RUNS]}
                world.patch("Pod", name, {"status": status}, subresource="status")
                started.add(name)
        return len(started) >= count

    eventually(look, lambda: f"{len(started)} of {count} pods", seconds=120)


def count_ready(world: World) -> int:
    conditions = [agent.get("status", {}).get("conditions", []) for agent in world.all("Agent")]
    return sum(any(c["type"] == "Ready" and c["status"] == "True" for c in found) for found in conditions)


def seconds_until_deployed(world: World, names: set[str]) -> float:
    began = time.monotonic()

    def missing() -> set[str]:
        return names - {found["metadata"]["name"] for found in world.all("Deployment")}

    eventually(lambda: not missing(), lambda: f"Deployments of {missing()}", seconds=120)
    return time.monotonic() - began


def test_sixty_need_eleven_writes_each_and_then_none(own_operator: OperatorProcess, world: World) -> None:
    before = own_operator.writes()
    for number in range(60):
        world.agent(f"agent-{number}", systemPrompt="help")

    start_pods(world, 60)
    eventually(lambda: count_ready(world) == 60, lambda: f"60 agents Ready, not {count_ready(world)}", seconds=120)
    written = own_operator.settle(quiet_seconds=2) - before
    versions = world.versions()

    assert written <= MOST_WRITES * 60
    assert own_operator.settle(quiet_seconds=3) - before == written
    assert world.versions() == versions


def test_thirty_broken_ones_do_not_delay_thirty_good_ones(own_operator: OperatorProcess, world: World) -> None:
    for number in range(30):
        world.agent(f"alone-{number}")
    alone = seconds_until_deployed(world, {f"alone-{number}" for number in range(30)})
    for number in range(30):
        world.agent(f"broken-{number}", **BROKEN[number % len(BROKEN)])
        world.agent(f"good-{number}")

    beside = seconds_until_deployed(world, {f"good-{number}" for number in range(30)})

    assert beside <= 3 * alone + 3
    for number, reason in enumerate(("TemplateNotFound", "LLMConfigNotFound", "ConfigMapNotFound", "InvalidConfig")):
        world.await_reason(reason, name=f"broken-{number}", seconds=30)
    assert own_operator.process.poll() is None
