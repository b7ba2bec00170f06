from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.support.running_router import KEY, RunningRouter, running_router
from tests.support.scripted_upstream import ScriptedUpstream, answer
from vutler_router.settings import ProviderName, RoutingMode

CODE = [{"role": "user", "content": "Write a Python function that parses a CSV file and returns a list of dicts."}]
TALK = [{"role": "user", "content": "Hello! How are you today?"}]
KEYS = {
    provider: (SecretStr(f"{provider}-key-of-the-platform"),)
    for provider in (ProviderName.MINIMAX, ProviderName.MISTRAL, ProviderName.OPENAI)
}


@pytest.fixture
async def elsewhere() -> AsyncIterator[ScriptedUpstream]:
    async with ScriptedUpstream.running(answer("from elsewhere")) as server:
        yield server


@pytest.fixture
async def platform(
    tmp_path: Path, upstream: ScriptedUpstream, elsewhere: ScriptedUpstream
) -> AsyncIterator[RunningRouter]:
    urls = dict.fromkeys((ProviderName.MINIMAX, ProviderName.MISTRAL, ProviderName.OPENROUTER), elsewhere.url)
    async with running_router(
        tmp_path, upstream, routing_mode=RoutingMode.KEYWORDS, provider_urls=urls, managed_keys=KEYS
    ) as running:
        yield running


async def test_a_plan_answers_small_talk_with_its_cheaper_model(platform: RunningRouter) -> None:
    token = await platform.agent(managed=True, tier="economy")
    talk, code = await platform.chat(token, messages=TALK), await platform.chat(token, messages=CODE)
    assert [one.headers["x-vutler-model"] for one in (talk, code)] == ["mistral-small", "MiniMax-M2.5"]


async def test_no_rule_gives_a_plan_a_model_that_it_does_not_have(platform: RunningRouter) -> None:
    body = {"category": "code", "models": ["openai/gpt-4o", "mistral/mistral-small"]}
    mapped = await platform.http.post("/config/model-mapping", json=body, headers=platform.admin)
    assert mapped.status_code == 200
    token = await platform.agent(managed=True, tier="economy")
    assert (await platform.chat(token, messages=CODE)).headers["x-vutler-model"] == "mistral-small"
    explained = await platform.http.post(
        "/api/v1/agents/team-a.ava/route", json={"messages": CODE}, headers=platform.admin
    )
    assert explained.json()["passed_over"] == [
        {"model": "openai/gpt-4o", "reason": "the plan has no such model, or the platform has no key for it"}
    ]


@pytest.mark.parametrize(
    ("messages", "category", "model"),
    [(CODE, "code", "z-ai/glm-5"), (TALK, "conversation", "z-ai/glm-5")],
)
async def test_openrouter_has_models_for_each_category_by_itself(
    platform: RunningRouter, elsewhere: ScriptedUpstream, messages: list[dict[str, str]], category: str, model: str
) -> None:
    token = await platform.agent(provider="openrouter", model="openai/gpt-4.1", api_key=KEY)
    response = await platform.chat(token, messages=messages)
    assert (response.headers["x-vutler-category"], response.headers["x-vutler-model"]) == (category, model)
    assert elsewhere.received[0].json["model"] == model


async def test_another_providers_model_is_asked_at_openrouter_by_its_name_there(platform: RunningRouter) -> None:
    body = {"category": "code", "models": ["anthropic/claude-sonnet-4"]}
    await platform.http.post("/config/model-mapping", json=body, headers=platform.admin)
    token = await platform.agent(provider="openrouter", model="openai/gpt-4.1", api_key=KEY)
    response = await platform.chat(token, messages=CODE)
    assert response.headers["x-vutler-provider"] == "openrouter"
    assert response.headers["x-vutler-model"] == "anthropic/claude-sonnet-4"
