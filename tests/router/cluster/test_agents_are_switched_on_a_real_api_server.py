import json
from collections.abc import AsyncIterator

import pytest

from tests.operator.api.world import Object, World
from tests.router.cluster.conftest import Account
from vutler_router.cluster.agents import KubernetesAgents
from vutler_router.cluster.opening import opened_cluster
from vutler_router.cluster.pod_account import PodAccount
from vutler_router.domain.agent_resource import AgentResources
from vutler_router.domain.identifiers import AgentId
from vutler_router.errors import ClusterRefused, Conflict
from vutler_router.settings import Settings


@pytest.fixture(params=["pod", "kubeconfig"])
async def agents(account: Account, request: pytest.FixtureRequest) -> AsyncIterator[AgentResources]:
    if request.param == "kubeconfig":
        async with opened_cluster(Settings(kubeconfig=str(account.kubeconfig))) as found:
            yield found.agents
        return
    async with PodAccount.opened(account.environ, lambda: 0.0, account.folder) as pod:
        yield KubernetesAgents(pod)


def managers_of_running(agent: Object) -> set[str]:
    return {
        entry["manager"]
        for entry in agent["metadata"]["managedFields"]
        if "f:running" in entry["fieldsV1"].get("f:spec", {})
    }


async def test_an_agent_is_switched_and_read_under_the_routers_account(
    agents: AgentResources, world: World, name: str
) -> None:
    world.agent(name, systemPrompt="You are Ava.")
    ava = AgentId(world.namespace, name)

    await agents.set_running(ava, running=False)

    found = world.get("Agent", name)
    assert found["spec"] == {"systemPrompt": "You are Ava.", "running": False}
    assert managers_of_running(found) == {"vutler-router"}
    read = await agents.read(ava)
    assert read is not None
    assert (read.running, read.observed, read.phase) == (False, False, None)
    assert (await agents.read_all(world.namespace))[name] == read
    assert await agents.read(AgentId(world.namespace, "nobody")) is None
    with pytest.raises(Conflict):
        await agents.set_running(AgentId(world.namespace, "nobody"), running=True)


async def test_what_the_account_may_not_is_told_in_the_servers_words(agents: AgentResources) -> None:
    with pytest.raises(ClusterRefused, match='cannot get resource "agents"'):
        await agents.read(AgentId("kube-system", "ava"))


@pytest.mark.parametrize("way", [(), ("--server-side",)], ids=["client-side", "server-side"])
@pytest.mark.parametrize("agents", ["pod"], indirect=True)
async def test_a_manifest_that_leaves_running_out_leaves_it_to_the_router(
    agents: AgentResources, world: World, name: str, way: tuple[str, ...]
) -> None:
    def applied(**spec: object) -> None:
        manifest = {"apiVersion": "vutler.io/v1alpha1", "kind": "Agent", "metadata": {"name": name}, "spec": spec}
        done = world.server.kubectl("apply", *way, "-n", world.namespace, "-f", "-", stdin=json.dumps(manifest))
        assert done.returncode == 0, done.stderr

    applied(displayName="Ava")
    await agents.set_running(AgentId(world.namespace, name), running=False)
    applied(displayName="Ava the First")

    assert world.get("Agent", name)["spec"] == {"displayName": "Ava the First", "running": False}


@pytest.mark.parametrize("agents", ["pod"], indirect=True)
async def test_the_router_takes_the_field_from_a_manifest_that_names_it(
    agents: AgentResources, world: World, name: str
) -> None:
    manifest = {"apiVersion": "vutler.io/v1alpha1", "kind": "Agent", "metadata": {"name": name}}
    text = json.dumps(manifest | {"spec": {"running": True}})
    apply = ("apply", "--server-side", "-n", world.namespace, "-f", "-")
    assert world.server.kubectl(*apply, stdin=text).returncode == 0

    await agents.set_running(AgentId(world.namespace, name), running=False)

    assert world.get("Agent", name)["spec"]["running"] is False
    again = world.server.kubectl(*apply, stdin=text)
    assert (again.returncode, 'conflict with "vutler-router"' in again.stderr) == (1, True)
    assert world.server.kubectl(*apply, "--force-conflicts", stdin=text).returncode == 0
    assert world.get("Agent", name)["spec"]["running"] is True
