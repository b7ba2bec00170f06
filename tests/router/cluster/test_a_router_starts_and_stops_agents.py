"""Router and operator as processes on a real API server; nobody runs pods, so the tests report what a kubelet would."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.operator.api.operator_process import eventually, run_operator
from tests.operator.api.world import World
from tests.router.cluster.conftest import Account
from tests.support.mongo import free_port
from tests.support.router_program import router_program
from tests.support.running_router import ADMIN_TOKEN

ADMIN = {"authorization": f"Bearer {ADMIN_TOKEN}"}


@dataclass(frozen=True, slots=True)
class Scene:
    """An agent of its own that the router knows."""

    world: World
    name: str
    http: httpx.Client

    @property
    def path(self) -> str:
        return f"/api/v1/agents/{self.world.namespace}.{self.name}"

    def turn(self, verb: str, *, status: int) -> Any:
        answer = self.http.post(f"{self.path}/{verb}")
        assert answer.status_code == status, answer.text
        return answer.json()

    def health(self) -> Any:
        return self.http.get(f"{self.path}/health").json()

    def await_health(self, **wanted: object) -> Any:
        def look() -> Any:
            health = self.health()
            return health if health.items() >= wanted.items() else None

        return eventually(look, lambda: f"{wanted}, not {self.health()}", seconds=60)

    def await_replicas(self, count: int) -> None:
        def look() -> bool:
            return bool(self.world.get("Deployment", self.name)["spec"]["replicas"] == count)

        eventually(look, f"{count} replicas", seconds=60)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def router(
    world: World, account: Account, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.Client]:
    """Run both; the client is a plain one, because what the tests wait for is not theirs to await."""
    folder = tmp_path_factory.mktemp("programs")
    kubeconfig = {"ROUTER_CLUSTER": "auto", "KUBECONFIG": str(account.kubeconfig)}
    token = {"ROUTER_ADMIN_TOKEN": ADMIN_TOKEN}
    async with router_program(folder, free_port(), **kubeconfig) as program:
        with (
            run_operator(world.server.kubeconfig, program.url, folder, world.namespace, **token),
            httpx.Client(base_url=program.url, headers=ADMIN, timeout=30, trust_env=False) as http,
        ):
            yield http


@pytest.fixture
def scene(world: World, name: str, router: httpx.Client) -> Scene:
    world.agent(name)
    world.await_reason("Synced", "RouterSynced", name, seconds=60)
    return Scene(world, name, router)


def test_an_agent_is_stopped_and_started_through_the_router(scene: Scene) -> None:
    scene.await_replicas(1)
    assert scene.health()["status"] == "starting"

    assert scene.turn("stop", status=202)["running"] is False

    scene.await_replicas(0)
    scene.await_health(status="stopped", running=False, phase="Stopped", reason="Stopped")
    volume = scene.world.get("PersistentVolumeClaim", f"{scene.name}-state")
    assert "deletionTimestamp" not in volume["metadata"]

    assert scene.turn("start", status=202)["running"] is True

    scene.await_replicas(1)
    scene.await_health(status="starting", running=True, reason="PodStarting")
    listed = scene.http.get("/api/v1/agents/running").json()
    assert listed == {"agents": [], "next_cursor": None}  # its pod answers nobody


def test_what_is_so_already_changes_nothing(scene: Scene) -> None:
    scene.turn("stop", status=202)
    scene.await_health(status="stopped")
    before = scene.world.get("Agent", scene.name)["metadata"]

    for _ in range(3):
        scene.turn("stop", status=200)

    after = scene.world.get("Agent", scene.name)["metadata"]
    assert (after["generation"], after["resourceVersion"]) == (before["generation"], before["resourceVersion"])


def test_a_change_that_somebody_takes_back_at_once_leaves_the_router_right(scene: Scene) -> None:
    scene.turn("stop", status=202)
    scene.world.patch("Agent", scene.name, {"spec": {"running": True}})
    scene.await_replicas(1)
    scene.await_health(status="starting", running=True, reason="PodStarting")

    def shown() -> bool:
        return scene.http.get(scene.path).json()["running"] is True

    eventually(shown, "the record says that it runs", seconds=30)


def test_a_deleted_resource_is_a_conflict_until_the_router_forgets_the_agent(scene: Scene) -> None:
    scene.world.delete("Agent", scene.name)

    def turned() -> tuple[int, str]:
        answer = scene.http.post(f"{scene.path}/stop")
        return answer.status_code, answer.json()["error"]["code"]

    assert turned() in {(409, "agent_without_resource"), (404, "agent_not_found")}
    eventually(lambda: turned() == (404, "agent_not_found"), "it is forgotten", seconds=60)


def test_an_agent_made_through_the_router_is_told_of_and_taken_over_with_its_plan(
    world: World, name: str, router: httpx.Client
) -> None:
    path, llm = f"/api/v1/agents/{world.namespace}.{name}", {"managed": True, "tier": "economy"}
    template = f"template-of-{name}"
    body = {"workspace_id": world.namespace, "name": name, "display_name": "Ava", "template": template, "llm": llm}

    def made() -> bool:
        answer = router.post("/api/v1/agents/resources", json=body)
        assert answer.status_code in {201, 409}, answer.text  # the API server learns of the account's rights late
        return answer.status_code == 201

    def story(reason: str) -> Any:
        told = router.get(f"{path}/resource").json()
        return told if reason in {one["reason"] for one in (*told["conditions"], *told["events"])} else None

    eventually(made, "the agent is made", seconds=30)
    again = router.post("/api/v1/agents/resources", json=body)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "agent_exists")

    told = eventually(lambda: story("TemplateNotFound"), "what is missing is told", seconds=60)
    assert (told["exists"], told["template"], told["ready_since"]) == (True, template, None)
    event = eventually(lambda: router.get(f"{path}/resource").json()["events"], "an event", seconds=60)[0]
    assert (event["type"], event["reason"], event["count"]) == ("Warning", "TemplateNotFound", 1)

    world.create("vutler.io/v1alpha1", "AgentTemplate", template, spec={"description": "Late.", "agent": {}})
    listed = router.get(f"/api/v1/templates?workspace_id={world.namespace}").json()
    assert template in {one["name"] for one in listed["templates"]}
    world.await_reason("Synced", "RouterSynced", name, seconds=60)
    record = router.get(path).json()
    assert (record["managed_by"], record["display_name"], record["template"]) == ("operator", "Ava", template)
    assert (record["llm"]["managed"], record["llm"]["tier"], record["llm"]["source"]) == (True, "economy", None)


@pytest.mark.process
async def test_an_api_server_that_is_away_is_503_and_the_agent_is_unknown(tmp_path: Path) -> None:
    cluster = {"server": "https://127.0.0.1:1", "insecure-skip-tls-verify": True}
    config = {
        "current-context": "x",
        "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
        "clusters": [{"name": "x", "cluster": cluster}],
        "users": [{"name": "x", "user": {"token": "t"}}],
    }
    (tmp_path / "kubeconfig").write_text(json.dumps(config))
    environment = {"ROUTER_CLUSTER": "auto", "KUBECONFIG": str(tmp_path / "kubeconfig")}
    pushed = {"token_sha256": "0" * 64, "managed_by": "operator", "gateway": {"url": "http://127.0.0.1:1"}}
    async with (
        router_program(tmp_path, free_port(), **environment) as router,
        httpx.AsyncClient(base_url=router.url, headers=ADMIN, timeout=30, trust_env=False) as http,
    ):
        await http.put("/api/v1/agents/team-a.ava", json=pushed)
        refused = await http.post("/api/v1/agents/team-a.ava/stop")
        health = await http.get("/api/v1/agents/team-a.ava/health")
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "cluster_unavailable")
    assert int(refused.headers["retry-after"]) >= 1
    assert health.json()["status"] == "unknown"
    assert "The Kubernetes API server did not answer" in health.json()["message"]
