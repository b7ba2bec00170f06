from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.router.services.conftest import World
from tests.support.cluster_in_memory import ClusterInMemory
from tests.support.router_values import make_agent
from tests.support.scripted_upstream import ScriptedUpstream, answer
from vutler_router.domain.agent import Agent, Gateway, ManagedBy
from vutler_router.domain.agent_resource import AgentResource
from vutler_router.errors import ClusterUnavailable, Conflict, NotFound
from vutler_router.providers.client import HttpTransport
from vutler_router.providers.ports import Timeouts
from vutler_router.services.agent_gateway import AgentGateway
from vutler_router.services.agent_lives import AgentLives
from vutler_router.services.agent_switch import AgentSwitch
from vutler_router.settings import AllowedEndpoints

AVA = "team-a.ava"


@dataclass(frozen=True)
class Switchboard:
    """The services over a cluster in memory and pods on loopback."""

    world: World
    cluster: ClusterInMemory
    lives: AgentLives
    switch: AgentSwitch

    async def add(self, agent: Agent) -> None:
        await self.world.store.add(agent)
        self.world.directory.put(agent)


@pytest.fixture
async def board(world: World) -> AsyncIterator[Switchboard]:
    cluster = ClusterInMemory()
    async with HttpTransport.opened(AllowedEndpoints(), Timeouts(1, 1, 1)) as http:
        gateway = AgentGateway(http, world.directory, world.clock)
        lives = AgentLives(world.directory, cluster, gateway, lambda: world.clock().timestamp())
        switch = AgentSwitch(world.store, world.directory, cluster, lives, world.clock)
        yield Switchboard(world, cluster, lives, switch)


def pushed(agent_id: str = AVA, *, running: bool = True, url: str = "http://127.0.0.1:1") -> Agent:
    return make_agent(agent_id, managed_by=ManagedBy.OPERATOR, gateway=Gateway(url), running=running)


async def test_an_operators_agent_is_switched_in_the_cluster_and_nowhere_else(board: Switchboard) -> None:
    agent = pushed()
    await board.add(agent)
    board.cluster.resources[AVA] = AgentResource(running=True, observed=True, phase="Running")
    switched = await board.switch.turn(AVA, running=False)
    assert (switched.agent.running, switched.under_way) == (False, True)
    assert board.cluster.resources[AVA].running is False
    assert await board.world.store.get(AVA) == agent


@pytest.mark.parametrize("resource", [AgentResource(running=True), AgentResource(running=False)], ids=str)
async def test_what_is_so_already_is_not_written_again(board: Switchboard, resource: AgentResource) -> None:
    await board.add(pushed())
    board.cluster.resources[AVA] = resource
    switched = await board.switch.turn(AVA, running=resource.running is True)
    assert switched.under_way is False
    assert board.cluster.calls == [f"read {AVA}"]


async def test_what_a_template_decides_is_written_over_only_where_it_differs(board: Switchboard) -> None:
    await board.add(pushed(running=False))
    board.cluster.resources[AVA] = AgentResource(running=None)
    assert (await board.switch.turn(AVA, running=False)).under_way is False
    assert (await board.switch.turn(AVA, running=True)).under_way is True
    assert board.cluster.calls[-1] == f"set {AVA} True"


async def test_an_operators_agent_without_a_resource_cannot_be_switched(board: Switchboard) -> None:
    await board.add(pushed())
    with pytest.raises(Conflict) as refused:
        await board.switch.turn(AVA, running=False)
    assert refused.value.code == "agent_without_resource"


async def test_a_cluster_that_is_away_is_said(board: Switchboard) -> None:
    await board.add(pushed())
    board.cluster.failure = ClusterUnavailable("The Kubernetes API server did not answer.")
    with pytest.raises(ClusterUnavailable):
        await board.switch.turn(AVA, running=False)


async def test_an_agent_of_the_api_is_switched_in_its_record_once(board: Switchboard) -> None:
    await board.add(make_agent())
    version = await board.world.store.version()
    for _ in range(2):
        assert (await board.switch.turn(AVA, running=False)).agent.running is False
    assert await board.world.store.version() == version + 1
    assert board.world.directory.get(AVA).running is False
    assert board.cluster.calls == []


async def test_an_unknown_agent_is_not_found(board: Switchboard) -> None:
    with pytest.raises(NotFound):
        await board.switch.turn("team-a.nobody", running=True)
    with pytest.raises(NotFound):
        await board.lives.of("team-a.nobody")


async def test_a_stopped_agents_pod_is_not_asked(board: Switchboard) -> None:
    async with ScriptedUpstream.running() as pod:
        await board.add(pushed(url=f"http://127.0.0.1:{pod.port}"))
        board.cluster.resources[AVA] = AgentResource(running=False, observed=True, phase="Stopped")
        life = await board.lives.of(AVA)
    assert (life.status.value, pod.received) == ("stopped", [])


async def test_a_switch_is_seen_at_once(board: Switchboard) -> None:
    async with ScriptedUpstream.running(answer()) as pod:
        await board.add(pushed(url=f"http://127.0.0.1:{pod.port}"))
        board.cluster.resources[AVA] = AgentResource(running=True, observed=True, phase="Running")
        before = await board.lives.of(AVA)
        await board.switch.turn(AVA, running=False)
        after = await board.lives.of(AVA)
    assert (before.status.value, after.status.value) == ("alive", "stopping")


async def test_a_cluster_that_is_away_does_not_hide_what_the_pod_says(board: Switchboard) -> None:
    async with ScriptedUpstream.running(answer()) as pod:
        await board.add(pushed(url=f"http://127.0.0.1:{pod.port}"))
        board.cluster.failure = ClusterUnavailable("The Kubernetes API server did not answer.")
        life = await board.lives.of(AVA)
        (listed,) = (await board.lives.alive()).alive
    assert (life.status.value, life.message) == ("alive", "The Kubernetes API server did not answer.")
    assert listed == life


async def test_only_the_living_are_listed_page_by_page(board: Switchboard) -> None:
    async with ScriptedUpstream.running(answer()) as pod:
        url = f"http://127.0.0.1:{pod.port}"
        for agent in (
            pushed("team-a.a", url=url),
            pushed("team-a.b"),
            pushed("team-a.c", url=url, running=False),
            pushed("team-a.d", url=url),
            make_agent("team-a.e"),
            pushed("team-b.f", url=url),
        ):
            await board.add(agent)
        first = await board.lives.alive(limit=2)
        rest = await board.lives.alive(limit=2, cursor=first.next_cursor)
        alone = await board.lives.alive(workspace_id="team-b")
    assert ([life.agent_id for life in first.alive], first.next_cursor) == (["team-a.a"], "team-a.b")
    assert ([life.agent_id for life in rest.alive], rest.next_cursor) == (["team-a.d", "team-b.f"], None)
    assert [life.agent_id for life in alone.alive] == ["team-b.f"]


async def test_a_list_asks_the_cluster_once_a_namespace_and_each_pod_once_a_second(board: Switchboard) -> None:
    async with ScriptedUpstream.running(answer()) as pod:
        for number in range(20):
            agent = pushed(f"team-a.a{number}", url=f"http://127.0.0.1:{pod.port}")
            await board.add(agent)
            board.cluster.resources[agent.id] = AgentResource(running=True, observed=True, phase="Running")
        listed = [await board.lives.alive() for _ in range(3)]
    assert [len(page.alive) for page in listed] == [20, 20, 20]
    assert board.cluster.calls == ["read all of team-a"]
    assert len(pod.received) == 40  # both probes of each
