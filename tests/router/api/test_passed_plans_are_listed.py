from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.support.running_router import RunningRouter, running_router
from tests.support.scripted_upstream import ScriptedUpstream
from vutler_router.settings import ProviderName

TOKENS = 14
"""What each answer of the scripted upstream takes."""

TIERS = (
    "[{id: small, name: S, price_monthly: 5, included_tokens: 20, overage_per_million: 2, models: [openai/small-1]}]"
)


@pytest.fixture
async def platform(tmp_path: Path, upstream: ScriptedUpstream) -> AsyncIterator[RunningRouter]:
    tiers = tmp_path / "tiers.yaml"
    tiers.write_text(TIERS)
    keys = {ProviderName.OPENAI: (SecretStr("a-key-of-the-platform"),)}
    async with running_router(tmp_path, upstream, tiers_file=tiers, managed_keys=keys) as running:
        yield running


async def overages(router: RunningRouter, **query: str) -> list[dict[str, Any]]:
    answer = await router.http.get("/api/v1/usage/overage", params=query, headers=router.admin)
    found: list[dict[str, Any]] = answer.raise_for_status().json()["overages"]
    return found


async def test_a_plan_that_is_passed_is_recorded_once_and_grows(platform: RunningRouter) -> None:
    token = await platform.agent(managed=True, tier="small")
    before, seen = await overages(platform), []
    for count in (1, 2, 3, 4):
        assert (await platform.chat(token)).status_code == 200
        await platform.rows(count)
        seen.append([(one["tokens"], one["price"]) for one in await overages(platform)])

    assert before == []
    assert seen == [[], [(8, 0.000016)], [(22, 0.000044)], [(36, 0.000072)]]
    (record,) = await overages(platform, workspace_id="team-a")
    month = f"{datetime.now(UTC):%Y-%m}"
    assert (record["agent_id"], record["tier"], record["month"]) == ("team-a.ava", "small", month)
    assert record["passed_at"] < record["updated_at"]
    assert await overages(platform, workspace_id="team-b") == []


async def test_only_the_administrator_sees_it_and_a_month_has_to_be_one(platform: RunningRouter) -> None:
    token = await platform.agent(managed=True, tier="small")
    mine = await platform.http.get("/api/v1/usage/overage", headers={"authorization": f"Bearer {token}"})
    wrong = await platform.http.get("/api/v1/usage/overage", params={"month": "2026-13"}, headers=platform.admin)

    assert mine.status_code == 403
    assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "month")
