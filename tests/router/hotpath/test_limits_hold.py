import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from tests.support.running_router import KEY, MODEL, RunningRouter, running_router
from tests.support.scripted_upstream import Pause, Reply, ScriptedUpstream, answer, stream, told
from vutler_router.settings import ProviderName

TOKENS = 14
"""What each answer of the scripted upstream takes."""

TIERS = """
tiers:
  - {id: small, name: Small, price_monthly: 5, included_tokens: 10, overage_per_million: 2, models: [groq/small-1]}
  - {id: big, name: Big, price_monthly: 10, included_tokens: 28, overage_per_million: 3, models: [openai/big-1]}
"""


@pytest.fixture
async def platform(tmp_path: Path, upstream: ScriptedUpstream) -> AsyncIterator[RunningRouter]:
    """A platform with two plans that a few answers use up, both on the scripted upstream."""
    tiers = tmp_path / "tiers.yaml"
    tiers.write_text(TIERS)
    keys = {name: (SecretStr("a-key-of-the-platform"),) for name in (ProviderName.OPENAI, ProviderName.GROQ)}
    urls = {ProviderName.GROQ: upstream.url}
    async with running_router(tmp_path, upstream, tiers_file=tiers, managed_keys=keys, provider_urls=urls) as running:
        yield running


def own(**limits: Any) -> dict[str, Any]:
    return {"provider": "openai", "model": MODEL, "api_key": KEY, "limits": limits}


def planned(tier: str, **limits: Any) -> dict[str, Any]:
    return {"managed": True, "tier": tier, "limits": limits}


async def at_once(router: RunningRouter, token: str, requests: int, **fields: Any) -> list[httpx.Response]:
    return list(await asyncio.gather(*(router.chat(token, **fields) for _ in range(requests))))


def slow(seconds: float) -> Reply:
    plain = answer()
    return Reply(pieces=(Pause(seconds), *plain.pieces))


async def metric(router: RunningRouter, name: str) -> float:
    text = (await router.http.get("/metrics", headers=router.admin)).text
    return float(next((line.rpartition(" ")[2] for line in text.splitlines() if line.startswith(name)), 0))


async def test_beyond_a_rate_the_answer_is_429_with_what_to_do(router: RunningRouter) -> None:
    token = await router.agent(**own(requestsPerMinute=3))
    statuses = [(await router.chat(token)).status_code for _ in range(3)]
    refused = await router.chat(token)
    error = refused.json()["error"]

    assert statuses == [200] * 3
    assert (refused.status_code, error["type"], error["code"]) == (
        429,
        "rate_limit_error",
        "requests_per_minute_exceeded",
    )
    assert "3 requests a minute (requestsPerMinute)" in error["message"]
    assert 50 <= int(refused.headers["retry-after"]) <= 61
    assert refused.headers["x-vutler-attempts"] == "0"
    assert await metric(router, 'vutler_limit_refusals_total{limit="requestsPerMinute"}') == 1
    assert await metric(router, 'vutler_requests_unanswered_total{code="requests_per_minute_exceeded"}') == 1


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/responses", "/v1/embeddings"])
async def test_every_way_to_ask_is_held_to_the_limits(router: RunningRouter, path: str) -> None:
    token = await router.agent(**own(requestsPerMinute=1))
    await router.chat(token)
    body = {"model": "router", "input": "Hello", "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 5}
    refused = await router.http.post(path, json=body, headers={"authorization": f"Bearer {token}"})
    assert refused.status_code == 429


async def test_people_who_talk_to_an_agent_are_held_to_its_limits_too(router: RunningRouter) -> None:
    token = await router.agent(**own(requestsPerMinute=1))
    await router.chat(token)
    answers = [
        await router.http.post(
            "/api/v1/agents/team-a.ava/chat", json={"message": "Hello", "stream": streamed}, headers=router.admin
        )
        for streamed in (False, True)
    ]
    assert [found.status_code for found in answers] == [429, 429]


async def test_tokens_of_a_minute_are_counted_when_they_are_known(router: RunningRouter) -> None:
    token = await router.agent(**own(tokensPerMinute=2 * TOKENS + 1))
    answers = [await router.chat(token, max_tokens=1) for _ in range(4)]

    assert [found.status_code for found in answers] == [200, 200, 200, 429]
    assert answers[-1].json()["error"]["code"] == "tokens_per_minute_exceeded"


async def test_no_more_are_under_way_than_concurrency_says(router: RunningRouter, upstream: ScriptedUpstream) -> None:
    upstream.play(slow(0.4))
    token = await router.agent(**own(concurrency=3))
    answers = await at_once(router, token, 10)
    refused = next(found for found in answers if found.status_code == 429)

    assert sorted(found.status_code for found in answers) == [200] * 3 + [429] * 7
    assert refused.json()["error"]["code"] == "concurrency_exceeded"
    assert len(upstream.received) == 3
    assert await metric(router, "vutler_limit_reservations") == 0
    assert [found.status_code for found in await at_once(router, token, 3)] == [200] * 3


async def test_block_answers_429_until_the_months_end(router: RunningRouter) -> None:
    token = await router.agent(**own(monthlyTokens=TOKENS, onExceeded="Block"))
    first, refused = await router.chat(token, max_tokens=1), await router.chat(token)
    now = datetime.now(UTC)
    end = datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)
    message = refused.json()["error"]["message"]

    assert (first.status_code, refused.status_code) == (200, 429)
    assert refused.json()["error"]["code"] == "monthly_tokens_exceeded"
    assert abs(int(refused.headers["retry-after"]) - (end - now).total_seconds()) < 5
    assert f"Wait until {end:%Y-%m-%d}" in message
    assert f"since {now:%Y-%m-%d}" in message


async def test_a_cost_is_a_limit_like_tokens(router: RunningRouter) -> None:
    token = await router.agent(
        provider="openai", model="gpt-4o-mini", api_key=KEY, limits={"monthlyCost": 0.000001, "onExceeded": "Block"}
    )
    answers = [await router.chat(token) for _ in range(2)]
    assert [found.status_code for found in answers] == [200, 429]
    assert answers[1].json()["error"]["code"] == "monthly_cost_exceeded"


async def test_throttle_lets_a_few_a_minute_through(router: RunningRouter) -> None:
    token = await router.agent(**own(monthlyTokens=TOKENS, onExceeded="Throttle"))
    answers = [await router.chat(token, max_tokens=1) for _ in range(8)]

    assert [found.status_code for found in answers] == [200] * 6 + [429] * 2
    assert "6 requests a minute" in answers[-1].json()["error"]["message"]
    assert int(answers[-1].headers["retry-after"]) <= 61


@pytest.mark.parametrize("limits", [{"monthlyTokens": 1}, {"monthlyTokens": 1, "onExceeded": "Downgrade"}])
async def test_what_is_only_noted_refuses_nobody(router: RunningRouter, limits: dict[str, Any]) -> None:
    token = await router.agent(**own(**limits))
    assert [(await router.chat(token)).status_code for _ in range(3)] == [200] * 3


async def test_a_plan_that_is_passed_refuses_nobody_unless_the_settings_say_so(platform: RunningRouter) -> None:
    free = await platform.agent("team-a.free", managed=True, tier="small")
    bound = await platform.agent("team-a.bound", **planned("small", onExceeded="Block"))
    answers = [[(await platform.chat(token, max_tokens=1)).status_code for _ in range(3)] for token in (free, bound)]

    assert answers == [[200, 200, 200], [200, 429, 429]]
    assert (await platform.chat(bound)).json()["error"]["code"] == "plan_exceeded"


async def test_beyond_its_plan_an_agent_is_answered_by_the_cheaper_one(platform: RunningRouter) -> None:
    token = await platform.agent(**planned("big", onExceeded="Downgrade"))
    asked = ["router", "big-1", "big-1", "router", "openai/big-1"]
    answers = [await platform.chat(token, model=model, max_tokens=1) for model in asked]
    rows = await platform.rows(5)

    assert [found.headers["x-vutler-model"] for found in answers] == ["big-1", "big-1", "small-1", "small-1", "small-1"]
    assert sorted((row["model"], row["tier"]) for row in rows) == [("big-1", "big")] * 2 + [("small-1", "small")] * 3
    assert (await platform.chat(token, model="no-such-model")).status_code == 404
    # What the agent's own plan includes stays included; beyond it the cheaper plan's price counts: 3 x 14 tokens at $2.
    assert {row["included_tokens"] for row in rows} == {28}
    assert sum(row["price_total"] for row in rows) == 3 * TOKENS * 2_000


async def test_a_cheaper_plan_that_nobody_can_serve_leaves_the_own_one(
    tmp_path: Path, upstream: ScriptedUpstream
) -> None:
    tiers = tmp_path / "tiers.yaml"
    tiers.write_text(TIERS)
    keys = {ProviderName.OPENAI: (SecretStr("a-key-of-the-platform"),)}
    async with running_router(tmp_path, upstream, tiers_file=tiers, managed_keys=keys) as running:
        token = await running.agent(**planned("big", onExceeded="Downgrade"))
        answers = [await running.chat(token, max_tokens=1) for _ in range(4)]
    assert [found.headers["x-vutler-model"] for found in answers] == ["big-1"] * 4


async def test_limits_set_in_mid_month_count_what_was_used_before(router: RunningRouter) -> None:
    token = await router.agent()
    for _ in range(3):
        await router.chat(token)
    await router.rows(3)
    await router.http.put(
        "/api/v1/agents/team-a.ava/llm-config",
        json=own(monthlyTokens=3 * TOKENS, onExceeded="Block"),
        headers=router.admin,
    )
    assert (await router.chat(token)).status_code == 429


async def test_two_hundred_at_99_per_cent_overshoot_by_no_more_than_was_under_way(
    router: RunningRouter, upstream: ScriptedUpstream
) -> None:
    limit = 100 * TOKENS
    token = await router.agent(**own(monthlyTokens=limit, onExceeded="Block"))
    for _ in range(9):
        await at_once(router, token, 11, max_tokens=1)
    upstream.play(slow(0.5), streamed=stream(Pause(0.5), *told(["Hello"])))
    halves = await asyncio.gather(
        at_once(router, token, 100, max_tokens=1), at_once(router, token, 100, max_tokens=1, stream=True)
    )
    answered = [found for found in (*halves[0], *halves[1]) if found.status_code == 200]
    used = sum(row["tokens_total"] for row in await router.rows(99 + len(answered)))

    assert {found.status_code for found in (*halves[0], *halves[1])} == {200, 429}
    assert len(answered) <= TOKENS // 3 + 1
    assert used < limit + len(answered) * TOKENS
    assert await metric(router, "vutler_limit_reservations") == 0
    assert (await router.chat(token)).status_code == 429
