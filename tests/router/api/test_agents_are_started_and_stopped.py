from tests.support.running_router import AGENT, RunningRouter
from tests.support.scripted_upstream import ScriptedUpstream, answer

PATH = f"/api/v1/agents/{AGENT}"


async def pushed(router: RunningRouter, agent_id: str = AGENT, **fields: object) -> None:
    body = {"token_sha256": agent_id.encode().hex().ljust(64, "0")[:64], "managed_by": "operator", **fields}
    answered = await router.http.put(f"/api/v1/agents/{agent_id}", json=body, headers=router.admin)
    assert answered.status_code == 200, answered.text


async def test_an_agent_of_the_api_keeps_what_it_was_told(router: RunningRouter) -> None:
    await router.agent()
    stopped = await router.http.post(f"{PATH}/stop", headers=router.admin)
    shown = await router.http.get(PATH, headers=router.admin)
    health = await router.http.get(f"{PATH}/health", headers=router.admin)
    started = await router.http.post(f"{PATH}/start", headers=router.admin)
    assert (stopped.status_code, stopped.json()["running"]) == (200, False)
    assert shown.json() == stopped.json()
    assert (health.json()["status"], health.json()["running"]) == ("stopped", False)
    assert (started.status_code, started.json()["running"]) == (200, True)


async def test_an_agent_that_nothing_runs_for_is_unknown(router: RunningRouter) -> None:
    await router.agent()
    health = await router.http.get(f"{PATH}/health", headers=router.admin)
    assert (health.status_code, health.json()["status"]) == (200, "unknown")
    assert "exists in the router only" in health.json()["message"]


async def test_without_a_cluster_an_operators_agent_is_refused_with_the_command_to_use(router: RunningRouter) -> None:
    await pushed(router)
    refused = await router.http.post(f"{PATH}/stop", headers=router.admin)
    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (409, "no_cluster")
    assert "kubectl -n team-a patch agents.vutler.io ava --type=merge" in error["message"]


async def test_an_agents_own_token_may_neither_start_nor_stop_it(router: RunningRouter) -> None:
    own = {"authorization": f"Bearer {await router.agent()}"}
    await router.agent("team-a.bob")
    for verb in ("start", "stop"):
        assert (await router.http.post(f"{PATH}/{verb}", headers=own)).status_code == 403
        assert (await router.http.post(f"/api/v1/agents/team-a.bob/{verb}", headers=own)).status_code == 404
    assert (await router.http.get("/api/v1/agents/running", headers=own)).status_code == 403
    assert (await router.http.get(f"{PATH}/health", headers=own)).status_code == 200
    assert (await router.http.get(PATH, headers=own)).json()["running"] is True


async def test_an_agent_that_is_not_there_is_not_found(router: RunningRouter) -> None:
    for agent_id in (AGENT, "no.such.agent"):
        for verb in ("start", "stop"):
            answered = await router.http.post(f"/api/v1/agents/{agent_id}/{verb}", headers=router.admin)
            assert (answered.status_code, answered.json()["error"]["code"]) == (404, "agent_not_found")


async def test_running_agents_are_those_that_answer(router: RunningRouter) -> None:
    async with ScriptedUpstream.running(answer()) as pod:
        there, nowhere = {"url": f"http://127.0.0.1:{pod.port}"}, {"url": "http://127.0.0.1:1"}
        await pushed(router, "team-a.on", gateway=there)
        await pushed(router, "team-a.off", gateway=there, running=False)
        await pushed(router, "team-a.dead", gateway=nowhere)
        await pushed(router, "team-b.other", gateway=there)
        first = await router.http.get("/api/v1/agents/running?limit=2", headers=router.admin)
        cursor = first.json()["next_cursor"]
        rest = await router.http.get(f"/api/v1/agents/running?cursor={cursor}", headers=router.admin)
        health = await router.http.get("/api/v1/agents/team-a.on/health", headers=router.admin)
    assert (first.json()["agents"], cursor) == ([health.json()], "team-a.on")
    assert health.json()["status"] == "alive"
    assert [agent["agent_id"] for agent in rest.json()["agents"]] == ["team-b.other"]
    assert rest.json()["next_cursor"] is None
