"""A whole namespace is deleted while the router is away: nothing waits for it, and nothing is left behind."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operator.api.operator_process import OperatorProcess, eventually, run_operator
from tests.operator.api.router_stand_in import StandInRouter
from tests.operator.api.world import PATHS, World

AGENTS = 10
SECONDS = 60


@pytest.fixture
def home(world: World) -> Iterator[str]:
    """Make a namespace in which the operator itself is at home."""
    with world.server.namespace(f"{world.namespace}-home") as name:
        yield name


@pytest.fixture
def own_operator(world: World, own_router: StandInRouter, home: str, tmp_path: Path) -> Iterator[OperatorProcess]:
    place = {"OPERATOR_NAMESPACE": home}
    with run_operator(world.server.kubeconfig, own_router.url, tmp_path, world.namespace, **place) as operator:
        yield operator
        assert "Traceback" not in operator.log.read_text()


def make_agents(world: World, router: StandInRouter) -> None:
    world.llm_config(mode="Managed", tier="economy")
    for number in range(AGENTS):
        world.agent(f"n{number}", llmConfigRef={"name": "default"})
    eventually(lambda: len(router.agents) == AGENTS, "all agents in the router", seconds=40)
    eventually(lambda: len(world.all("Pod")) == AGENTS, "all pods", seconds=40)


def test_ten_agents_go_within_a_minute_though_the_router_is_down(
    own_operator: OperatorProcess, own_router: StandInRouter, world: World
) -> None:
    make_agents(world, own_router)
    own_operator.settle()
    own_router.down = True
    started = time.monotonic()

    path = f"/api/v1/namespaces/{world.namespace}"
    assert world.server.http.delete(path).is_success

    def play_the_kubelet() -> bool:
        # There is no node here: a pod that is to end is removed by whoever ran it.
        for pod in world.all("Pod"):
            name = pod["metadata"]["name"]
            world.server.http.request("DELETE", f"{path}/pods/{name}", json={"gracePeriodSeconds": 0})
        return world.server.http.get(path).status_code == 404

    eventually(play_the_kubelet, lambda: world.server.http.get(path).text, seconds=SECONDS)
    assert time.monotonic() - started < SECONDS
    assert len(own_router.agents) == AGENTS, "it is down"
    own_router.down = False

    eventually(lambda: not own_router.agents, "the router's records are gone, too", seconds=30)


def test_nothing_of_ours_has_a_finalizer(
    own_operator: OperatorProcess, own_router: StandInRouter, world: World
) -> None:
    make_agents(world, own_router)
    own_operator.settle()
    # Kubernetes itself protects a claim that a pod uses, and takes that away when the pod is gone.
    theirs = {"PersistentVolumeClaim": ["kubernetes.io/pvc-protection"]}

    held = {
        (kind, tuple(found))
        for kind in PATHS
        for obj in world.all(kind)
        if (found := obj["metadata"].get("finalizers")) not in (None, theirs.get(kind))
    }

    assert held == set()
