from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.running_router import KEY, RunningRouter, running_router
from tests.support.scripted_upstream import Reply, ScriptedUpstream, stream, told
from vutler_router.settings import ProviderName, RoutingMode

CODE = "Write a Python function that parses a CSV file and returns a list of dicts."
LLM: dict[str, Any] = {
    "provider": "openrouter",
    "model": "openai/gpt-4o-mini",
    "api_key": KEY,
    "routing": {"categories": [{"name": "code", "models": ["z-ai/glm-5"]}]},
}
MESSAGE = (
    b'{"id":"m","type":"message","role":"assistant","model":"x","content":[{"type":"text","text":"Hi"}],'
    b'"stop_reason":"end_turn","usage":{"input_tokens":11,"output_tokens":3}}'
)
RESPONSE = (
    b'{"id":"r","object":"response","status":"completed","model":"x","output":[{"type":"message","role":"assistant",'
    b'"content":[{"type":"output_text","text":"Hi"}]}],"usage":{"input_tokens":11,"output_tokens":3}}'
)


@pytest.fixture
async def routed(tmp_path: Path, upstream: ScriptedUpstream) -> AsyncIterator[RunningRouter]:
    urls = {ProviderName.OPENROUTER: upstream.url}
    async with running_router(tmp_path, upstream, routing_mode=RoutingMode.KEYWORDS, provider_urls=urls) as running:
        yield running


@pytest.mark.parametrize(
    ("path", "body", "reply"),
    [
        ("/v1/messages", {"messages": [{"role": "user", "content": CODE}], "max_tokens": 9}, MESSAGE),
        ("/v1/responses", {"input": CODE}, RESPONSE),
    ],
)
async def test_messages_and_responses_are_sorted_as_chats_are(
    routed: RunningRouter, upstream: ScriptedUpstream, path: str, body: dict[str, Any], reply: bytes
) -> None:
    token = await routed.agent(**LLM)
    upstream.play(Reply(pieces=(reply,)))
    response = await routed.http.post(
        path, json={"model": "router", **body}, headers={"authorization": f"Bearer {token}"}
    )
    assert response.status_code == 200, response.text
    assert (response.headers["x-vutler-category"], response.headers["x-vutler-model"]) == ("code", "z-ai/glm-5")


async def test_a_stream_says_its_category_at_its_beginning(routed: RunningRouter, upstream: ScriptedUpstream) -> None:
    token = await routed.agent(**LLM)
    upstream.play(stream(*told(["Hi"])))
    response = await routed.chat(token, messages=[{"role": "user", "content": CODE}], stream=True)
    assert (response.headers["x-vutler-category"], response.headers["x-vutler-model"]) == ("code", "z-ai/glm-5")
    (row,) = await routed.rows()
    assert row["category"] == "code"


async def test_embeddings_are_not_sorted(routed: RunningRouter, upstream: ScriptedUpstream) -> None:
    token = await routed.agent(**LLM)
    listed = b'[{"object":"embedding","index":0,"embedding":[0.1]}]'
    body = b'{"object":"list","data":%b,"usage":{"prompt_tokens":3,"total_tokens":3}}' % listed
    upstream.play(Reply(pieces=(body,)))
    response = await routed.http.post(
        "/v1/embeddings", json={"input": CODE}, headers={"authorization": f"Bearer {token}"}
    )
    assert (response.status_code, response.headers["x-vutler-category"]) == (200, "")


async def test_a_conversation_keeps_its_half_of_a_comparison_by_its_session(routed: RunningRouter) -> None:
    token = await routed.agent(**LLM)
    mapping = {
        "category": "conversation",
        "models": ["openai/gpt-4o-mini"],
        "comparison": {"model": "openrouter/z-ai/glm-5", "percent": 50},
    }
    assert (await routed.http.post("/config/model-mapping", json=mapping, headers=routed.admin)).status_code == 200
    for session in range(12):
        headers = {"authorization": f"Bearer {token}", "x-session-affinity": f"s{session}:0"}
        models = set()
        for words in ("Hello!", "How are you today?", "Nice weather, is it not?"):
            body = {"model": "router", "messages": [{"role": "user", "content": words}]}
            answer = await routed.http.post("/v1/chat/completions", json=body, headers=headers)
            models.add(answer.headers["x-vutler-model"])
        assert len(models) == 1, session
