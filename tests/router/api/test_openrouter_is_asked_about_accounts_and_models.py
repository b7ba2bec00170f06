import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.support.running_router import KEY, RunningRouter, running_router
from tests.support.scripted_upstream import Reply, ScriptedUpstream, failure
from vutler_router.settings import ProviderName

CREDITS = "/api/v1/providers/openrouter/credits"
MODELS = "/api/v1/providers/openrouter/models"
PLATFORM = "key-of-the-platform-0001"


def reply(document: Any) -> Reply:
    return Reply(pieces=(json.dumps(document).encode(),))


@pytest.fixture
async def platform(tmp_path: Path, upstream: ScriptedUpstream) -> AsyncIterator[RunningRouter]:
    async with running_router(
        tmp_path,
        upstream,
        provider_urls={ProviderName.OPENROUTER: upstream.url},
        managed_keys={ProviderName.OPENROUTER: (SecretStr(PLATFORM),)},
    ) as running:
        yield running


async def get(router: RunningRouter, path: str) -> tuple[int, dict[str, Any]]:
    response = await router.http.get(path, headers=router.admin)
    return response.status_code, response.json()


async def test_what_is_left_of_the_platforms_key_and_of_an_agents(
    platform: RunningRouter, upstream: ScriptedUpstream
) -> None:
    await platform.agent(provider="openrouter", model="z-ai/glm-5", api_key=KEY)
    upstream.play(reply({"data": {"usage": 2.5, "limit": 10, "limit_remaining": 7.5}}))
    assert await get(platform, CREDITS) == (200, {"used": 2.5, "limit": 10, "remaining": 7.5})
    assert (await get(platform, f"{CREDITS}?agent_id=team-a.ava"))[0] == 200
    keys = [request.headers["authorization"] for request in upstream.received]
    assert keys == [f"Bearer {PLATFORM}", f"Bearer {KEY}"]


async def test_without_a_key_it_is_said_what_to_do(router: RunningRouter) -> None:
    await router.agent()
    for path in (CREDITS, f"{CREDITS}?agent_id=team-a.ava"):
        status, body = await get(router, path)
        assert (status, body["error"]["param"]) == (400, "agent_id")
    assert (await get(router, f"{CREDITS}?agent_id=team-a.nobody"))[0] == 404


@pytest.mark.parametrize("said", [failure(401), failure(500), reply([]), reply({"data": None})])
async def test_an_account_that_is_not_told_of_is_an_error(
    platform: RunningRouter, upstream: ScriptedUpstream, said: Reply
) -> None:
    upstream.play(said)
    status, body = await get(platform, CREDITS)
    assert status in {502, 503}, body
    assert PLATFORM not in str(body)


async def test_models_come_with_prices_for_a_million_tokens_and_are_kept_for_a_while(
    platform: RunningRouter, upstream: ScriptedUpstream
) -> None:
    listed = [
        {
            "id": "z-ai/glm-5",
            "name": "GLM 5",
            "context_length": 204800,
            "pricing": {"prompt": "0.000001", "completion": "0.0000032"},
        },
        {"id": "openrouter/auto", "name": "Auto", "pricing": {"prompt": "-1", "completion": "-1"}},
        {"name": "without an id"},
        "nonsense",
    ]
    upstream.play(reply({"data": listed}))
    for _ in range(2):
        status, body = await get(platform, MODELS)
        assert status == 200
        assert [
            (one["id"], one["context_window"], one["pricing"]["input"], one["pricing"]["output"])
            for one in body["models"]
        ] == [
            ("openrouter/auto", None, None, None),
            ("z-ai/glm-5", 204800, 1.0, 3.2),
        ]
    (asked,) = upstream.received
    assert (asked.method, asked.path) == ("GET", "/v1/models")
    assert "authorization" not in asked.headers, "the list is public"


async def test_a_list_that_is_none_is_an_error_and_not_kept(
    platform: RunningRouter, upstream: ScriptedUpstream
) -> None:
    upstream.play(reply({"data": "none"}), reply({"data": []}))
    assert (await get(platform, MODELS))[0] in {502, 503}
    assert await get(platform, MODELS) == (200, {"models": [], "next_cursor": None})
