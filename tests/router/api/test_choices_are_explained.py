from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.running_router import KEY, RunningRouter, running_router
from tests.support.scripted_upstream import ScriptedUpstream, failure
from vutler_router.settings import RoutingMode

AGENT = "/api/v1/agents/team-a.ava"
SECRET_WORDS = "Please write a Python function for the Zanzibar merger file"
LLM: dict[str, Any] = {
    "provider": "openai",
    "model": "scripted-1",
    "api_key": KEY,
    "routing": {"categories": [{"name": "code", "models": ["gpt-4.1", "claude-sonnet-4", "gpt-4o"]}]},
}


@pytest.fixture
async def routed(tmp_path: Path, upstream: ScriptedUpstream) -> AsyncIterator[RunningRouter]:
    async with running_router(tmp_path, upstream, routing_mode=RoutingMode.KEYWORDS) as running:
        yield running


async def explained(router: RunningRouter, body: dict[str, Any]) -> dict[str, Any]:
    response = await router.http.post(f"{AGENT}/route", json=body, headers=router.admin)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def test_it_is_said_what_would_be_chosen_and_why_and_nobody_is_asked(
    routed: RunningRouter, upstream: ScriptedUpstream
) -> None:
    await routed.agent(**LLM)
    said = await explained(routed, {"message": "Write a Python function that parses a CSV file."})
    assert (said["category"], said["provider"], said["model"], said["classifier"]) == (
        "code",
        "openai",
        "gpt-4.1",
        "keywords",
    )
    assert said["confidence"] > 0.9
    assert "names a programming language" in said["signals"]
    assert [(one["model"], one["listed"], one["breaker"]) for one in said["candidates"]] == [
        ("gpt-4.1", True, "closed"),
        ("gpt-4o", True, "closed"),
        ("scripted-1", False, "closed"),
    ]
    assert said["passed_over"] == [{"model": "claude-sonnet-4", "reason": "it is not known as a model of openai"}]
    cheap, dear, unknown = [one["estimated_cost"] for one in said["candidates"]]
    assert 0 < cheap < dear
    assert unknown is None
    assert said["strongest"] == {"provider": "openai", "model": "gpt-4o", "estimated_cost": dear}
    assert upstream.received == []


async def test_a_whole_conversation_with_tools_can_be_explained(routed: RunningRouter) -> None:
    await routed.agent(**LLM)
    tool = {"type": "function", "function": {"name": "email_send", "description": "Send an email."}}
    said = await explained(
        routed, {"messages": [{"role": "user", "content": "Send an email to Anna."}], "tools": [tool]}
    )
    assert said["category"] == "tools"


async def test_an_open_breaker_is_shown_and_the_next_model_chosen(
    routed: RunningRouter, upstream: ScriptedUpstream
) -> None:
    token = await routed.agent(**LLM)
    upstream.line("gpt-4.1").play(failure(500))
    for _ in range(3):
        await routed.chat(token, messages=[{"role": "user", "content": "Write a Python function."}])
    said = await explained(routed, {"message": "Write a Python function."})
    assert (said["model"], said["candidates"][0]["breaker"]) == ("gpt-4o", "open")
    assert said["candidates"][0]["breaker_reason"]


async def test_a_past_request_is_explained_in_the_same_form_without_its_words(routed: RunningRouter) -> None:
    token = await routed.agent(**LLM)
    answered = await routed.chat(token, messages=[{"role": "user", "content": SECRET_WORDS}])
    request_id = answered.headers["x-request-id"]
    (row,) = await routed.rows()
    past = await routed.http.get(f"{AGENT}/route/{request_id}", headers={"authorization": f"Bearer {token}"})
    now = await explained(routed, {"message": SECRET_WORDS})
    assert past.status_code == 200
    assert now.keys() <= past.json().keys()
    same = ("category", "provider", "model", "confidence", "scores", "passed_over")
    assert {name: past.json()[name] for name in same} == {name: now[name] for name in same}
    assert past.json()["answer"]["model"] == "gpt-4.1"
    for word in ("zanzibar", "merger", "function"):
        assert word not in row["decision"].lower()


async def test_requests_that_are_not_there_or_not_ones_own_are_not_found(routed: RunningRouter) -> None:
    token = await routed.agent(**LLM)
    other = await routed.agent("team-b.bo")
    named = await routed.chat(token, model="scripted-1")
    await routed.rows()
    codes = []
    for path, who in [
        (f"{AGENT}/route/req_unknown", token),
        (f"{AGENT}/route/{named.headers['x-request-id']}", token),
        (f"/api/v1/agents/team-b.bo/route/{named.headers['x-request-id']}", other),
        (f"{AGENT}/route/{named.headers['x-request-id']}", other),
    ]:
        response = await routed.http.get(path, headers={"authorization": f"Bearer {who}"})
        codes.append((response.status_code, response.json()["error"]["code"]))
    assert codes == [
        (404, "request_not_found"),
        (404, "request_not_routed"),
        (404, "request_not_found"),
        (404, "agent_not_found"),
    ]


async def test_routing_that_is_off_is_explained_as_well(router: RunningRouter) -> None:
    await router.agent(**LLM)
    said = await explained(router, {"message": "Write a Python function."})
    assert (said["mode"], said["category"], said["model"]) == ("Off", "", "scripted-1")
    assert "ROUTING_MODE" in said["signals"][0]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "message"),
        ({"message": ""}, "message"),
        ({"message": "a", "messages": [{"role": "user", "content": "a"}]}, "message"),
        ({"messages": []}, "messages"),
        ({"messages": ["x"]}, "messages[0]"),
    ],
)
async def test_what_is_no_request_is_refused(routed: RunningRouter, body: dict[str, Any], param: str) -> None:
    await routed.agent(**LLM)
    response = await routed.http.post(f"{AGENT}/route", json=body, headers=routed.admin)
    assert (response.status_code, response.json()["error"]["param"]) == (400, param)


async def test_models_that_classify_are_not_asked_for_an_explanation(
    tmp_path: Path, upstream: ScriptedUpstream
) -> None:
    async with (
        ScriptedUpstream.running() as ollama,
        running_router(tmp_path, upstream, routing_mode=RoutingMode.OLLAMA, ollama_url=ollama.url) as router,
    ):
        await router.agent(**LLM)
        said = await explained(router, {"message": "Write a Python function."})
        assert said["classifier"] == "keywords"
        assert said["not_asked"] == ["ollama: not asked for an explanation"]
        assert ollama.received == []
