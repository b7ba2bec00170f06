import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.running_router import AGENT, KEY, RunningRouter, running_router
from tests.support.scripted_upstream import Hold, Reply, ScriptedUpstream, answer, failure
from vutler_router.services.answering import trial
from vutler_router.settings import ProviderName

LEFT = Reply(pieces=(json.dumps({"data": {"usage": 1.5, "limit": 10, "limit_remaining": 8.5}}).encode(),))


@pytest.fixture
async def openrouter(tmp_path: Path, upstream: ScriptedUpstream) -> AsyncIterator[RunningRouter]:
    async with running_router(tmp_path, upstream, provider_urls={ProviderName.OPENROUTER: upstream.url}) as running:
        await running.agent(provider="openrouter", model="openai/gpt-4o", api_key=KEY)
        yield running


async def tried(router: RunningRouter) -> dict[str, Any]:
    response = await router.http.post(f"/api/v1/agents/{AGENT}/llm-test", headers=router.admin)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def test_a_working_model_is_said_to_work_and_what_is_left_of_the_credit(
    openrouter: RunningRouter, upstream: ScriptedUpstream
) -> None:
    upstream.play(answer("OK"), LEFT)
    found = await tried(openrouter)
    assert (found["ok"], found["error"], found["model"]) == (True, None, "openai/gpt-4o")
    assert found["credits"] == {"used": 1.5, "limit": 10.0, "remaining": 8.5}
    assert (upstream.received[1].method, upstream.received[1].path) == ("GET", "/v1/auth/key")
    assert len(await openrouter.rows()) == 1


@pytest.mark.parametrize("reply", [failure(500), Reply(pieces=(b"<html>",)), Reply(pieces=(b'{"data": []}',))])
async def test_a_provider_that_does_not_tell_the_credit_spoils_no_test(
    openrouter: RunningRouter, upstream: ScriptedUpstream, reply: Reply
) -> None:
    upstream.play(answer("OK"), reply)
    found = await tried(openrouter)
    assert (found["ok"], found["credits"]) == (True, None)


async def test_an_empty_account_is_said_so_with_where_to_top_it_up(
    openrouter: RunningRouter, upstream: ScriptedUpstream
) -> None:
    upstream.play(failure(402, "This request requires more credits"))
    found = await tried(openrouter)
    assert (found["ok"], found["code"]) == (False, "provider_out_of_credits")
    assert "out of credits" in found["error"]
    assert "https://openrouter.ai/settings/credits" in found["error"]
    assert "requires more credits" in found["error"]


async def test_a_refused_key_is_said_in_the_providers_words_without_the_key(
    openrouter: RunningRouter, upstream: ScriptedUpstream
) -> None:
    upstream.play(failure(401, f"No auth credentials found for {KEY}"))
    found = await tried(openrouter)
    assert found["code"] == "provider_key_refused"
    assert "No auth credentials found" in found["error"]
    assert KEY not in found["error"]


async def test_a_test_that_succeeds_closes_the_breaker(openrouter: RunningRouter, upstream: ScriptedUpstream) -> None:
    upstream.play(failure(402))
    for _ in range(3):
        await openrouter.http.post(f"/api/v1/agents/{AGENT}/chat", json={"message": "Hi"}, headers=openrouter.admin)
    breakers = await openrouter.http.get("/api/v1/breakers", headers=openrouter.admin)
    assert [breaker["state"] for breaker in breakers.json()["breakers"]] == ["open"]
    upstream.play(answer("OK"), LEFT)
    assert (await tried(openrouter))["ok"] is True
    breakers = await openrouter.http.get("/api/v1/breakers", headers=openrouter.admin)
    assert breakers.json()["breakers"] == []


async def test_nobody_waits_for_a_test_longer_than_half_a_minute(
    openrouter: RunningRouter, upstream: ScriptedUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "_SECONDS", 0.3)
    upstream.play(Reply(pieces=(Hold(),)))
    found = await tried(openrouter)
    assert (found["ok"], found["code"]) == (False, "upstream_timeout")
    assert found["latency_ms"] < 3_000
