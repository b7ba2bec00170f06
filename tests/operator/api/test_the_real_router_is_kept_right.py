"""Operator and router, both real and each a process of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operator.api.operator_process import OperatorProcess, eventually, run_operator
from tests.operator.api.real_router import RealRouter
from tests.operator.api.world import World

AGENTS = 5
SOON = 25.0
"""Two looks at the router, and room for a busy machine."""


@pytest.fixture
def own_router(tmp_path: Path) -> Iterator[RealRouter]:
    router = RealRouter(tmp_path)
    yield router
    router.stop()


@pytest.fixture
def own_operator(world: World, own_router: RealRouter, tmp_path: Path) -> Iterator[OperatorProcess]:
    with run_operator(world.server.kubeconfig, own_router.url, tmp_path, world.namespace) as operator:
        yield operator


def make_agents(world: World) -> set[str]:
    """Make some agents and return their ids in the router."""
    world.secret("openai", key="sk-secret-of-the-tests")
    key = {"name": "openai", "key": "key"}
    world.llm_config(mode="BYOKey", provider="openai", model="gpt-4o-mini", apiKeySecretRef=key)
    for number in range(AGENTS):
        world.agent(f"n{number}", llmConfigRef={"name": "default"})
    return {f"{world.namespace}.n{number}" for number in range(AGENTS)}


@pytest.mark.usefixtures("own_operator")
def test_down_at_the_start_then_restarted_empty(own_router: RealRouter, world: World) -> None:
    wanted = make_agents(world)
    for number in range(AGENTS):
        world.await_reason("RouterUnreachable", "RouterSynced", name=f"n{number}", seconds=SOON)
        assert world.find("Deployment", f"n{number}") is not None

    own_router.start()

    eventually(lambda: own_router.agents().keys() == wanted, "all agents in a router that came late", seconds=SOON)
    first = own_router.agents()
    assert {(agent["managed_by"], agent["llm"]["hasKey"]) for agent in first.values()} == {("operator", True)}
    world.await_reason("Synced", "RouterSynced", name="n0", seconds=SOON)

    own_router.stop()
    own_router.start(empty=True)

    eventually(lambda: own_router.agents().keys() == wanted, "all agents in an empty database", seconds=SOON)
    revisions = {key: agent["revision"] for key, agent in first.items()}
    assert {key: agent["revision"] for key, agent in own_router.agents().items()} == revisions, "with their old tokens"
    for number in range(AGENTS):
        world.await_reason("Synced", "RouterSynced", name=f"n{number}", seconds=SOON)


def test_ahead_and_altered(own_router: RealRouter, world: World, tmp_path: Path) -> None:
    own_router.start()
    made = own_router.call("POST", "/api/v1/agents", {"id": f"{world.namespace}.by-api"})["id"]
    for gone in (f"{world.namespace}.gone", "elsewhere.other"):
        own_router.call("PUT", f"/api/v1/agents/{gone}", {"token_sha256": _hash(gone), "managed_by": "operator"})
    with run_operator(world.server.kubeconfig, own_router.url, tmp_path, world.namespace):
        wanted = make_agents(world)
        eventually(
            lambda: own_router.agents().keys() == wanted | {made, "elsewhere.other"},
            "what was lost is gone, what is others' is not",
            seconds=SOON,
        )
        before = own_router.agents()[f"{world.namespace}.n0"]

        own_router.call("PUT", f"/api/v1/agents/{before['id']}", {"display_name": "Mallory", "tools": ["drive"]})

        assert own_router.agents()[before["id"]]["display_name"] == "Mallory"
        eventually(
            lambda: _content(own_router.agents()[before["id"]]) == _content(before), "it is set back", seconds=SOON
        )


def _content(agent: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in agent.items() if key != "updated_at"}


def _hash(text: str) -> str:
    return text.encode().hex().ljust(64, "0")[:64]
