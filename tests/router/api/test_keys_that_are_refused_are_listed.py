from typing import Any

from tests.support.running_router import KEY, RunningRouter
from tests.support.scripted_upstream import ScriptedUpstream, answer, failure

LLM = {"provider": "openai", "model": "scripted-1", "api_key": KEY, "source": "team-a/default"}


async def troubles(router: RunningRouter) -> list[dict[str, Any]]:
    response = await router.http.get("/api/v1/key-troubles", headers=router.admin)
    assert response.status_code == 200
    found: list[dict[str, Any]] = response.json()["key_troubles"]
    return found


async def operated(router: RunningRouter, agent_id: str, **llm: str) -> str:
    """Push an agent as the operator does, and return its token."""
    token = await router.agent(agent_id)
    body = {"managed_by": "operator", "llm": {**LLM, **llm}}
    assert (await router.http.put(f"/api/v1/agents/{agent_id}", json=body, headers=router.admin)).status_code == 200
    return token


async def test_a_key_out_of_credits_is_listed_with_its_agents_until_it_works_again(
    router: RunningRouter, upstream: ScriptedUpstream
) -> None:
    ava = await operated(router, "team-a.ava")
    await operated(router, "team-a.bo")
    await operated(router, "team-a.cy", api_key="another-key-of-theirs", source="team-a/other")
    assert await troubles(router) == []
    upstream.play(failure(402, "Insufficient credits"))
    for _ in range(3):
        assert (await router.chat(ava)).status_code == 400
    found = await troubles(router)
    assert [(one["agent_id"], one["source"], one["code"]) for one in found] == [
        ("team-a.ava", "team-a/default", "provider_out_of_credits"),
        ("team-a.bo", "team-a/default", "provider_out_of_credits"),
    ]
    assert "out of credits" in found[0]["message"]
    assert KEY not in str(found)
    upstream.play(answer())
    tried = await router.http.post("/api/v1/agents/team-a.ava/llm-test", headers=router.admin)
    assert tried.json()["ok"] is True
    assert await troubles(router) == []


async def test_what_is_no_fault_of_the_key_is_not_listed(router: RunningRouter, upstream: ScriptedUpstream) -> None:
    token = await operated(router, "team-a.ava")
    upstream.play(failure(503))
    for _ in range(3):
        await router.chat(token)
    assert await troubles(router) == []


async def test_only_the_administrator_may_ask(router: RunningRouter) -> None:
    headers = {"authorization": f"Bearer {await router.agent()}"}
    assert (await router.http.get("/api/v1/key-troubles", headers=headers)).status_code == 403
