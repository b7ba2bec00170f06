import hashlib

from tests.support.running_router import AGENT, KEY, RunningRouter

PUSHED = {
    "display_name": "Ava",
    "workspace_id": "team-a",
    "managed_by": "operator",
    "token_sha256": hashlib.sha256(b"token-of-the-pod").hexdigest(),
    "running": True,
    "gateway": {"url": "http://ava.team-a.svc:18789", "token": "gateway-token"},
    "tools": ["email", "chat"],
    "delegates": ["team-a.codeur"],
    "llm": {
        "source": "team-a/default",
        "provider": "openai",
        "model": "scripted-1",
        "api_key": KEY,
        "custom_endpoint": None,
        "fallbacks": [],
        "parameters": {"temperature": 0.5},
        "routing": {"mode": "Off"},
        "limits": {"monthlyTokens": 1000, "onExceeded": "Block"},
    },
    "revision": "abc",
}


async def test_an_agent_is_created_with_a_token_that_works(router: RunningRouter) -> None:
    created = await router.http.post("/api/v1/agents", json={"id": AGENT, "display_name": "Ava"}, headers=router.admin)
    own = {"authorization": f"Bearer {created.json()['token']}"}
    shown = await router.http.get(f"/api/v1/agents/{AGENT}", headers=own)
    assert (created.status_code, shown.status_code) == (201, 200)
    assert shown.json() == {name: value for name, value in created.json().items() if name != "token"}


async def test_an_agent_is_made_of_a_name(router: RunningRouter) -> None:
    created = await router.http.post("/api/v1/agents", json={"name": "Ava the First"}, headers=router.admin)
    assert (created.json()["id"], created.json()["display_name"]) == ("default.ava-the-first", "Ava the First")


async def test_what_the_operator_pushes_is_shown_without_secrets(router: RunningRouter) -> None:
    pushed = await router.http.put(f"/api/v1/agents/{AGENT}", json=PUSHED, headers=router.admin)
    agent = pushed.json()
    assert pushed.status_code == 200
    assert agent["gateway"] == {"url": "http://ava.team-a.svc:18789", "hasToken": True}
    assert (agent["llm"]["hasKey"], agent["llm"]["source"]) == (True, "team-a/default")
    assert (agent["managed_by"], agent["revision"], agent["delegates"]) == ("operator", "abc", ["team-a.codeur"])
    listed = await router.http.get("/api/v1/agents", headers=router.admin)
    assert listed.json() == {"agents": [agent], "next_cursor": None}


async def test_the_operator_may_ask_for_no_more_than_its_own_marks(router: RunningRouter) -> None:
    await router.http.put(f"/api/v1/agents/{AGENT}", json=PUSHED, headers=router.admin)
    listed = await router.http.get("/api/v1/agents?fields=mark", headers=router.admin)
    assert listed.json() == {
        "agents": [{"id": AGENT, "managed_by": "operator", "revision": "abc"}],
        "next_cursor": None,
    }


async def test_somebody_elses_change_takes_the_operators_mark_away(router: RunningRouter) -> None:
    await router.http.put(f"/api/v1/agents/{AGENT}", json=PUSHED, headers=router.admin)
    unmarked = {name: value for name, value in PUSHED.items() if name != "revision"}
    same = await router.http.put(f"/api/v1/agents/{AGENT}", json=unmarked, headers=router.admin)
    changed = await router.http.put(f"/api/v1/agents/{AGENT}", json={"display_name": "Mallory"}, headers=router.admin)
    assert (same.json()["revision"], changed.json()["revision"]) == ("abc", None)


async def test_the_pods_token_works_once_it_is_pushed(router: RunningRouter) -> None:
    await router.http.put(f"/api/v1/agents/{AGENT}", json=PUSHED, headers=router.admin)
    assert (await router.chat("token-of-the-pod")).status_code == 200


async def test_settings_of_an_llmconfig_are_read_only(router: RunningRouter) -> None:
    await router.http.put(f"/api/v1/agents/{AGENT}", json=PUSHED, headers=router.admin)
    settings = {"managed": True, "tier": "economy"}
    refused = await router.http.put(f"/api/v1/agents/{AGENT}/llm-config", json=settings, headers=router.admin)
    assert refused.status_code == 409
    assert "LLMConfig team-a/default" in refused.json()["error"]["message"]


async def test_an_unknown_tier_is_refused_by_its_field(router: RunningRouter) -> None:
    body = {**PUSHED, "llm": {"source": "team-a/default", "managed": True, "tier": "gold"}}
    refused = await router.http.put(f"/api/v1/agents/{AGENT}", json=body, headers=router.admin)
    error = refused.json()["error"]
    assert (refused.status_code, error["code"], error["param"]) == (400, "unknown_tier", "llm.tier")


async def test_a_deleted_agents_token_stops_working_at_once(router: RunningRouter) -> None:
    token = await router.agent()
    deleted = await router.http.delete(f"/api/v1/agents/{AGENT}", headers=router.admin)
    again = await router.http.delete(f"/api/v1/agents/{AGENT}", headers=router.admin)
    assert (deleted.status_code, again.status_code) == (204, 404)
    assert (await router.chat(token)).status_code == 401


async def test_an_agent_sees_itself_alone(router: RunningRouter) -> None:
    own = {"authorization": f"Bearer {await router.agent('team-a.ava')}"}
    await router.agent("team-a.bob")
    listed = await router.http.get("/api/v1/agents", headers=own)
    assert [agent["id"] for agent in listed.json()["agents"]] == ["team-a.ava"]
    for path in ("", "/llm-config", "/usage", "/health"):
        hidden = await router.http.get(f"/api/v1/agents/team-a.bob{path}", headers=own)
        absent = await router.http.get(f"/api/v1/agents/team-a.nobody{path}", headers=own)
        assert (hidden.status_code, absent.status_code) == (404, 404)
    assert (await router.http.get("/api/v1/usage/summary", headers=own)).status_code == 403
    changed = await router.http.put("/api/v1/agents/team-a.ava", json={"running": False}, headers=own)
    assert changed.status_code == 403
