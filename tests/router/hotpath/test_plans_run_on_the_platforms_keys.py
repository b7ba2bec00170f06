from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.support.running_router import RunningRouter, running_router
from tests.support.scripted_upstream import ScriptedUpstream, answer, failure
from vutler_router.settings import ProviderName

KEYS = {
    ProviderName.MINIMAX: (SecretStr("minimax-key-one-0001"), SecretStr("minimax-key-two-0002")),
    ProviderName.OPENAI: (SecretStr("openai-key-of-the-platform"),),
}


@pytest.fixture
async def minimax() -> AsyncIterator[ScriptedUpstream]:
    async with ScriptedUpstream.running(answer("from minimax")) as server:
        yield server


@pytest.fixture
async def platform(
    tmp_path: Path, upstream: ScriptedUpstream, minimax: ScriptedUpstream
) -> AsyncIterator[RunningRouter]:
    urls = {ProviderName.MINIMAX: minimax.url}
    async with running_router(tmp_path, upstream, provider_urls=urls, managed_keys=KEYS) as running:
        yield running


def keys_of(server: ScriptedUpstream) -> list[str]:
    return [request.headers["authorization"].removeprefix("Bearer ") for request in server.received]


async def test_a_plan_is_answered_by_its_first_model_on_the_first_key(
    platform: RunningRouter, minimax: ScriptedUpstream
) -> None:
    response = await platform.chat(await platform.agent(managed=True, tier="economy"))
    assert (response.headers["x-vutler-provider"], response.headers["x-vutler-model"]) == ("minimax", "MiniMax-M2.5")
    assert keys_of(minimax) == ["minimax-key-one-0001"]
    (row,) = await platform.rows()
    assert row["tier"] == "economy"


@pytest.mark.parametrize("status", [401, 402, 429])
async def test_a_key_that_is_refused_or_used_up_is_followed_by_the_next(
    platform: RunningRouter, minimax: ScriptedUpstream, status: int
) -> None:
    minimax.play(failure(status), answer())
    response = await platform.chat(await platform.agent(managed=True, tier="economy"))
    assert (response.status_code, response.headers["x-vutler-attempts"]) == (200, "2")
    assert keys_of(minimax) == ["minimax-key-one-0001", "minimax-key-two-0002"]


async def test_a_provider_that_is_down_is_not_asked_with_its_other_keys(
    platform: RunningRouter, minimax: ScriptedUpstream, upstream: ScriptedUpstream
) -> None:
    minimax.play(failure(503))
    response = await platform.chat(await platform.agent(managed=True, tier="economy"))
    assert (response.headers["x-vutler-provider"], response.headers["x-vutler-attempts"]) == ("openai", "2")
    assert keys_of(upstream) == ["openai-key-of-the-platform"]


async def test_a_stand_in_is_no_model_of_the_plan(platform: RunningRouter) -> None:
    token = await platform.agent(managed=True, tier="economy")
    listed = await platform.http.get("/v1/models", headers={"authorization": f"Bearer {token}"})
    assert [model["id"] for model in listed.json()["data"]] == ["router", "MiniMax-M2.5"]
    assert (await platform.chat(token, model="gpt-4o-mini")).status_code == 404


async def test_a_users_own_chain_never_falls_back_to_the_platforms_keys(
    platform: RunningRouter, minimax: ScriptedUpstream, upstream: ScriptedUpstream
) -> None:
    minimax.play(failure(503))
    token = await platform.agent(provider="minimax", model="MiniMax-M2.5", api_key="a-users-own-key-1234")
    response = await platform.chat(token)
    assert response.status_code == 503
    assert set(keys_of(minimax)) == {"a-users-own-key-1234"}
    assert upstream.received == []
