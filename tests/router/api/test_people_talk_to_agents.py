import asyncio
import contextlib
import json
from typing import Any

import pytest

from tests.support.running_router import AGENT, KEY, MODEL, RunningRouter
from tests.support.scripted_upstream import Cut, ScriptedUpstream, answer, delta, event, failure, stream, told

CHAT = f"/api/v1/agents/{AGENT}/chat"
COUNTS = {"tokens_input": 11, "tokens_output": 3, "tokens_total": 14}
SAID = {
    "content": "Good morning",
    "provider": "openai",
    "model": MODEL,
    "usage": COUNTS,
    "cost_total": None,
    "tree_id": None,
}
"""What an answer costs is not known: no price list has this model."""


def events_of(content: bytes) -> list[Any]:
    data = [line.removeprefix(b"data: ") for line in content.splitlines() if line]
    return [datum.decode() if datum == b"[DONE]" else json.loads(datum) for datum in data]


async def test_the_model_answers_a_message(router: RunningRouter, upstream: ScriptedUpstream) -> None:
    upstream.play(answer("Good morning"))
    await router.agent()
    response = await router.http.post(CHAT, json={"message": "Hello"}, headers=router.admin)
    assert response.json() == SAID
    assert upstream.received[0].json["messages"] == [{"role": "user", "content": "Hello"}]
    (row,) = await router.rows()
    assert row["agent_id"] == AGENT


async def test_the_model_answers_in_pieces(router: RunningRouter, upstream: ScriptedUpstream) -> None:
    upstream.play(stream(*told(["Good ", "morning"])))
    await router.agent()
    turn = {"messages": [{"role": "user", "content": "Hello"}], "stream": True}
    response = await router.http.post(CHAT, json=turn, headers=router.admin)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert events_of(response.content) == [
        {"delta": "Good "},
        {"delta": "morning"},
        SAID,
        "[DONE]",
    ]


async def test_an_answer_says_what_it_cost(router: RunningRouter, upstream: ScriptedUpstream) -> None:
    upstream.play(answer("Good morning"), stream(*told(["Good ", "morning"])))
    await router.agent(provider="openai", model="gpt-4o-mini", api_key=KEY)
    whole = await router.http.post(CHAT, json={"message": "Hello"}, headers=router.admin)
    pieces = await router.http.post(CHAT, json={"message": "Hello", "stream": True}, headers=router.admin)
    costs = [row["cost_input"] + row["cost_output"] for row in await router.rows(2)]
    said = [whole.json()["cost_total"], events_of(pieces.content)[-2]["cost_total"]]
    assert said == [pytest.approx(cost / 1e9) for cost in costs]
    assert min(said) > 0


async def test_a_stream_that_breaks_ends_in_an_error(router: RunningRouter, upstream: ScriptedUpstream) -> None:
    upstream.play(stream(event(delta("Hel")), Cut()))
    await router.agent()
    response = await router.http.post(CHAT, json={"message": "Hello", "stream": True}, headers=router.admin)
    assert events_of(response.content)[-1]["error"]["code"] == "upstream_broken"
    (row,) = await router.rows()
    assert row["status"] == "error"


async def test_a_stream_that_never_begins_has_a_status(router: RunningRouter, upstream: ScriptedUpstream) -> None:
    upstream.play(failure(500))
    await router.agent()
    response = await router.http.post(CHAT, json={"message": "Hello", "stream": True}, headers=router.admin)
    assert response.status_code == 503


async def test_the_agent_itself_answers_through_its_gateway(router: RunningRouter) -> None:
    await router.agent()
    async with ScriptedUpstream.running(answer("From the pod"), stream(*told(["From ", "the pod"]))) as pod:
        gateway = {"gateway": {"url": f"http://127.0.0.1:{pod.port}", "token": "gateway-token"}}
        await router.http.put(f"/api/v1/agents/{AGENT}", json=gateway, headers=router.admin)
        turn = {"message": "Hello", "via": "agent", "user": "anna"}
        headers = {**router.admin, "x-forwarded-for": "10.0.0.1"}
        whole = await router.http.post(CHAT, json=turn, headers=headers)
        pieces = await router.http.post(CHAT, json={**turn, "stream": True}, headers=headers)
    assert (whole.json()["content"], whole.json()["provider"]) == ("From the pod", "openclaw")
    assert whole.json()["cost_total"] is None
    assert events_of(pieces.content)[-2]["content"] == "From the pod"
    asked = pod.received[0]
    assert (asked.path, asked.headers["authorization"]) == ("/v1/chat/completions", "Bearer gateway-token")
    assert (asked.json["model"], asked.json["user"]) == ("openclaw", "anna")
    assert not any(name.startswith("x-forwarded") for name in asked.headers)


async def test_what_an_agent_itself_took_is_found_under_its_tree(router: RunningRouter) -> None:
    await router.agent()
    nothing = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    async with ScriptedUpstream.running(answer("From the pod", usage=nothing)) as pod:
        gateway = {"gateway": {"url": f"http://127.0.0.1:{pod.port}", "token": "gateway-token"}}
        await router.http.put(f"/api/v1/agents/{AGENT}", json=gateway, headers=router.admin)
        said = await router.http.post(CHAT, json={"message": "Hello", "via": "agent"}, headers=router.admin)

    assert said.json()["usage"] is None
    tree = await router.http.get(f"/api/v1/usage/trees/{said.json()['tree_id']}", headers=router.admin)
    assert (tree.status_code, tree.json()["to"]) == (200, AGENT)


async def test_an_agent_without_a_gateway_says_so(router: RunningRouter) -> None:
    await router.agent()
    response = await router.http.post(CHAT, json={"message": "Hello", "via": "agent"}, headers=router.admin)
    assert (response.status_code, response.json()["error"]["code"]) == (409, "agent_without_gateway")


async def test_an_agents_health_is_what_its_probes_say(router: RunningRouter) -> None:
    await router.agent()
    async with ScriptedUpstream.running(answer(), failure(503)) as pod:
        gateway = {"gateway": {"url": f"http://127.0.0.1:{pod.port}", "token": "gateway-token"}}
        await router.http.put(f"/api/v1/agents/{AGENT}", json=gateway, headers=router.admin)
        starting = await router.http.get(f"/api/v1/agents/{AGENT}/health", headers=router.admin)
    router.process.lives.forget(AGENT)
    gone = await router.http.get(f"/api/v1/agents/{AGENT}/health", headers=router.admin)
    assert [request.path for request in pod.received] == ["/healthz", "/readyz"]
    assert starting.json() == {
        "agent_id": AGENT,
        "status": "starting",
        "running": True,
        "live": True,
        "ready": False,
        "phase": None,
        "reason": None,
        "message": "The agent is starting, or something it needs is missing.",
        "since": None,
    }
    assert (gone.json()["status"], gone.json()["live"], gone.json()["ready"]) == ("failing", False, False)


async def test_what_answers_and_is_not_live_is_told_with_its_status(router: RunningRouter) -> None:
    await router.agent()
    async with ScriptedUpstream.running(failure(502)) as pod:
        gateway = {"gateway": {"url": f"http://127.0.0.1:{pod.port}", "token": "gateway-token"}}
        await router.http.put(f"/api/v1/agents/{AGENT}", json=gateway, headers=router.admin)
        found = (await router.http.get(f"/api/v1/agents/{AGENT}/health", headers=router.admin)).json()
    assert (found["status"], found["live"]) == ("failing", False)
    assert found["message"] == "The agent answers its liveness probe with HTTP 502."


async def test_whoever_answered_at_its_address_before_is_not_asked_again(router: RunningRouter) -> None:
    """While a Service's rules change, a connection to it may be made to somebody who keeps it and knows no agent."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError), contextlib.closing(writer):
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")

    stranger = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = stranger.sockets[0].getsockname()[1]
    await router.agent()
    gateway = {"gateway": {"url": f"http://127.0.0.1:{port}", "token": "gateway-token"}}
    await router.http.put(f"/api/v1/agents/{AGENT}", json=gateway, headers=router.admin)
    wrong = await router.http.get(f"/api/v1/agents/{AGENT}/health", headers=router.admin)
    said = await router.http.post(CHAT, json={"message": "Hello", "via": "agent"}, headers=router.admin)
    stranger.close()  # it is not found any more; what is connected to it stays so

    async with ScriptedUpstream.running(answer(), answer(), answer("Here"), port=port):
        router.process.lives.forget(AGENT)
        right = await router.http.get(f"/api/v1/agents/{AGENT}/health", headers=router.admin)
        heard = await router.http.post(CHAT, json={"message": "Hello", "via": "agent"}, headers=router.admin)

    assert (wrong.json()["status"], right.json()["status"]) == ("failing", "alive")
    assert (said.is_success, heard.json()["content"]) == (False, "Here")


async def test_a_trial_asks_the_provider_for_real(router: RunningRouter, upstream: ScriptedUpstream) -> None:
    await router.agent()
    upstream.play(answer("OK"), failure(401, f"Incorrect API key {KEY}"))
    good = await router.http.post(f"/api/v1/agents/{AGENT}/llm-test", headers=router.admin)
    bad = await router.http.post(f"/api/v1/agents/{AGENT}/llm-test", headers=router.admin)
    assert (good.json()["ok"], good.json()["model"], good.json()["error"]) == (True, MODEL, None)
    assert bad.json()["ok"] is False
    assert "refused the key" in bad.json()["error"]
    assert KEY not in bad.text


async def test_usage_shows_within_two_seconds(router: RunningRouter) -> None:
    token = await router.agent()
    await router.chat(token)
    await router.rows()
    own = {"authorization": f"Bearer {token}"}
    usage = (await router.http.get(f"/api/v1/agents/{AGENT}/usage?period=day", headers=own)).json()
    summary = (await router.http.get("/api/v1/usage/summary", headers=router.admin)).json()
    assert (usage["requests"], usage["tokens_total"]) == (1, 14)
    assert (summary["requests"], summary["agents"][0]["agent_id"]) == (1, AGENT)


async def test_tiers_are_listed_with_their_prices(router: RunningRouter) -> None:
    tiers = (await router.http.get("/api/v1/usage/tiers", headers=router.admin)).json()["tiers"]
    assert [(tier["id"], tier["name"], tier["price_monthly"]) for tier in tiers] == [
        ("economy", "Starter", 5.0),
        ("standard", "Pro", 10.0),
        ("premium", "Ultra", 20.0),
    ]


async def test_models_are_listed_with_window_and_price(router: RunningRouter) -> None:
    token = await router.agent(provider="openai", model="gpt-4o-mini", api_key=KEY)
    listed = await router.http.get("/v1/models", headers={"authorization": f"Bearer {token}"})
    chosen, model = listed.json()["data"]
    assert (chosen["id"], model["id"], model["context_window"]) == ("router", "gpt-4o-mini", 128_000)
    assert model["pricing"]["input"] == 0.15
