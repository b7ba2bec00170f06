"""The pod's account against an API server whose every byte is scripted."""

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from tests.support.scripted_upstream import Cut, Reply, ScriptedUpstream
from vutler_router.cluster.agents import KubernetesAgents
from vutler_router.cluster.opening import opened_cluster
from vutler_router.cluster.pod_account import PodAccount, is_mounted
from vutler_router.domain.identifiers import AgentId
from vutler_router.errors import BrokenFile, ClusterRefused, ClusterUnavailable, Conflict
from vutler_router.settings import Settings

AVA = AgentId("team-a", "ava")
AGENT = {"metadata": {"name": "ava", "generation": 2}, "spec": {"running": True, "tools": ["email"]}}
STATUS = {
    "phase": "Running",
    "observedGeneration": 2,
    "conditions": [
        {"type": "LLMReady", "status": "True"},
        {
            "type": "Ready",
            "status": "True",
            "reason": "AgentReady",
            "message": "all is well",
            "lastTransitionTime": "2026-11-18T12:00:00Z",
        },
    ],
}


def said(body: object, status: int = 200) -> Reply:
    return Reply(status, pieces=(json.dumps(body).encode(),))


def refusal(status: int, message: str) -> Reply:
    return said({"kind": "Status", "message": message}, status)


@dataclass
class Scene:
    """An API server, the account's token file, and a clock."""

    server: ScriptedUpstream
    agents: KubernetesAgents
    token: Path
    now: float = 0.0

    @property
    def tokens(self) -> list[str]:
        return [request.headers["authorization"] for request in self.server.received]


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    token = tmp_path / "token"
    token.write_text("first\n")
    async with ScriptedUpstream.running(said(AGENT)) as server, aiohttp.ClientSession() as session:
        account = PodAccount(f"http://127.0.0.1:{server.port}", session, token, lambda: made.now)
        made = Scene(server, KubernetesAgents(account), token)
        yield made


async def test_an_agent_is_read_as_it_is(scene: Scene) -> None:
    scene.server.play(said({**AGENT, "status": STATUS}))
    found = await scene.agents.read(AVA)
    assert found is not None
    assert (found.running, found.observed, found.phase) == (True, True, "Running")
    assert (found.reason, found.message) == ("AgentReady", "all is well")
    assert found.since is not None
    assert found.since.isoformat() == "2026-11-18T12:00:00+00:00"


async def test_a_status_behind_the_spec_is_told_as_such(scene: Scene) -> None:
    scene.server.play(said({**AGENT, "status": {**STATUS, "observedGeneration": 1}}), said(AGENT))
    behind, unseen = await scene.agents.read(AVA), await scene.agents.read(AVA)
    assert behind is not None
    assert unseen is not None
    assert (behind.observed, unseen.observed, unseen.phase) == (False, False, None)


async def test_a_namespace_is_read_to_its_end(scene: Scene) -> None:
    bob = {"metadata": {"name": "bob"}, "spec": {}}
    scene.server.play(
        said({"metadata": {"continue": "next=page"}, "items": [AGENT]}), said({"metadata": {}, "items": [bob]})
    )
    found = await scene.agents.read_all("team-a")
    assert {name: resource.running for name, resource in found.items()} == {"ava": True, "bob": None}
    assert scene.server.received[1].path.endswith("/agents?limit=500&continue=next%3Dpage")


async def test_a_change_is_one_field_under_our_name(scene: Scene) -> None:
    await scene.agents.set_running(AVA, running=False)
    (request,) = scene.server.received
    assert (request.method, request.json) == ("PATCH", {"spec": {"running": False}})
    assert request.path == "/apis/vutler.io/v1alpha1/namespaces/team-a/agents/ava?fieldManager=vutler-router"
    assert request.headers["content-type"] == "application/merge-patch+json"


async def test_an_agent_that_is_gone_is_none_to_read_and_a_conflict_to_change(scene: Scene) -> None:
    scene.server.play(refusal(404, "not found"))
    assert await scene.agents.read(AVA) is None
    with pytest.raises(Conflict) as refused:
        await scene.agents.set_running(AVA, running=True)
    assert refused.value.code == "agent_without_resource"


@pytest.mark.parametrize("status", [409, 429, 500, 503])
async def test_what_passes_may_be_tried_again(scene: Scene, status: int) -> None:
    scene.server.play(refusal(status, "not now"))
    with pytest.raises(ClusterUnavailable, match="not now"):
        await scene.agents.set_running(AVA, running=True)


@pytest.mark.parametrize("status", [401, 403, 422])
async def test_what_does_not_pass_is_told_in_the_servers_words(scene: Scene, status: int) -> None:
    scene.server.play(refusal(status, "the router may change nothing"))
    with pytest.raises(ClusterRefused, match="the router may change nothing"):
        await scene.agents.set_running(AVA, running=True)


@pytest.mark.parametrize(
    "reply",
    [Reply(before=(Cut(),)), Reply(pieces=(b"{",)), said({"items": 1}), Reply(502, pieces=(b"<html>",))],
    ids=["nothing", "half", "something else", "a proxy's page"],
)
async def test_an_answer_that_is_none_is_no_answer(scene: Scene, reply: Reply) -> None:
    scene.server.play(reply)
    with pytest.raises(ClusterUnavailable):
        await scene.agents.read(AVA)


async def test_a_token_is_read_again_after_a_minute(scene: Scene) -> None:
    await scene.agents.read(AVA)
    scene.token.write_text("second\n")
    scene.now = 59.0
    await scene.agents.read(AVA)
    scene.now = 60.0
    await scene.agents.read(AVA)
    assert scene.tokens == ["Bearer first", "Bearer first", "Bearer second"]


async def test_a_refused_token_is_read_again_at_once(scene: Scene) -> None:
    await scene.agents.read(AVA)
    scene.token.write_text("second\n")
    scene.server.play(refusal(401, "Unauthorized"), said(AGENT))
    assert await scene.agents.read(AVA) is not None
    assert scene.tokens == ["Bearer first", "Bearer first", "Bearer second"]


async def test_no_token_is_never_sent_as_one(scene: Scene) -> None:
    scene.token.unlink()
    with pytest.raises(ClusterUnavailable, match="token cannot be read"):
        await scene.agents.read(AVA)
    assert scene.server.received == []


async def test_a_server_that_is_away_is_named_and_no_token_with_it(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret-token")
    async with aiohttp.ClientSession() as session:
        agents = KubernetesAgents(PodAccount("http://127.0.0.1:1", session, tmp_path / "token", lambda: 0.0))
        with pytest.raises(ClusterUnavailable) as unavailable:
            await agents.read(AVA)
    assert "secret-token" not in repr(unavailable.value)


async def test_a_mounted_account_without_an_authority_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t")
    assert is_mounted(tmp_path)
    with pytest.raises(BrokenFile, match=r"ca\.crt"):
        async with PodAccount.opened({}, lambda: 0.0, tmp_path):
            raise AssertionError


async def test_a_kubeconfig_that_cannot_be_used_stops_the_start_and_says_how_to_go_without(tmp_path: Path) -> None:
    (tmp_path / "garbled").write_text("{")
    (tmp_path / "empty").write_text("kind: Config")
    for file in ("none", "", "garbled", "empty"):
        settings = Settings(kubeconfig=str(tmp_path / file))
        with pytest.raises(BrokenFile, match=r"^KUBECONFIG: .*ROUTER_CLUSTER=off"):
            async with opened_cluster(settings):
                raise AssertionError


@pytest.mark.parametrize(
    "settings",
    [Settings(cluster="off"), Settings(cluster="off", kubeconfig="/nowhere")],
    ids=["off", "in spite of a file"],
)
async def test_without_a_cluster_there_is_nothing_and_the_way_to_change_it_is_told(settings: Settings) -> None:
    async with contextlib.AsyncExitStack() as stack:
        agents = (await stack.enter_async_context(opened_cluster(settings))).agents
        found, all_found = await agents.read(AVA), await agents.read_all("team-a")
        with pytest.raises(Conflict) as refused:
            await agents.set_running(AVA, running=False)
    assert (found, dict(all_found)) == (None, {})
    assert refused.value.code == "no_cluster"
    assert '{"spec":{"running":false}}' in refused.value.message
