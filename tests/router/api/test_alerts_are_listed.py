import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.support.running_router import AGENT, KEY, MODEL, RunningRouter, running_router
from tests.support.scripted_upstream import Reply, ScriptedUpstream
from tests.support.webhook_receiver import SECRET, is_genuine

BUDGET = {"monthlyTokens": 15, "onExceeded": "Log"}
"""One scripted answer takes 14 tokens."""

_DEADLINE = 5.0


async def spender(router: RunningRouter) -> str:
    return await router.agent(provider="openai", model=MODEL, api_key=KEY, limits=BUDGET)


async def listed(router: RunningRouter, count: int, **query: str) -> list[dict[str, Any]]:
    """Return the alerts as soon as there are so many."""
    async with asyncio.timeout(_DEADLINE):
        while True:
            answer = await router.http.get("/api/v1/usage/alerts", params=query, headers=router.admin)
            assert answer.status_code == 200, answer.text
            assert answer.json()["next_cursor"] is None
            alerts: list[dict[str, Any]] = answer.json()["alerts"]
            if len(alerts) >= count:
                return alerts
            await asyncio.sleep(0.05)


async def test_an_agent_that_uses_up_its_budget_is_listed_counted_and_told_to_the_webhook(
    tmp_path: Path, upstream: ScriptedUpstream
) -> None:
    async with (
        ScriptedUpstream.running(Reply(status=204)) as receiver,
        running_router(
            tmp_path,
            upstream,
            alert_webhook_url=f"http://127.0.0.1:{receiver.port}/alerts",
            alert_webhook_secret=SecretStr(SECRET),
        ) as router,
    ):
        token = await spender(router)
        await router.chat(token)
        (nearly,) = await listed(router, 1)
        await router.chat(token)
        found = await listed(router, 2)
        async with asyncio.timeout(_DEADLINE):
            while not all(alert["delivered_at"] for alert in found):
                found = await listed(router, 2)
        metrics = (await router.http.get("/metrics")).text

    assert (nearly["kind"], nearly["threshold"], nearly["percent"]) == ("monthlyTokens", 80, 93.3)
    assert [(alert["threshold"], alert["used"], alert["limit"]) for alert in found] == [(80, 14, 15), (100, 28, 15)]
    assert {alert["agent_id"] for alert in found} == {AGENT}
    assert [request.json["data"]["threshold"] for request in receiver.received if is_genuine(request)] == [80, 100]
    for threshold in (80, 100):
        assert f'vutler_alerts_total{{kind="monthlyTokens",threshold="{threshold}"}} 1.0' in metrics
    assert "vutler_agents_over_plan 0.0" in metrics


async def test_a_workspace_and_a_month_have_their_own_list(router: RunningRouter) -> None:
    await router.chat(await spender(router))
    (alert,) = await listed(router, 1)

    assert await listed(router, 0, month=alert["month"], workspace_id="team-a") == [alert]
    assert await listed(router, 0, workspace_id="team-b") == []
    assert await listed(router, 0, month="2020-01") == []


@pytest.mark.parametrize("month", ["2026", "2026-13", "2026-1", "2026-11-01", "November", "20261", "9998-01", ""])
async def test_a_month_that_is_none_is_refused(router: RunningRouter, month: str) -> None:
    answer = await router.http.get("/api/v1/usage/alerts", params={"month": month}, headers=router.admin)

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "month")


async def test_only_the_administrator_sees_alerts(router: RunningRouter) -> None:
    headers = {"authorization": f"Bearer {await router.agent()}"}

    assert (await router.http.get("/api/v1/usage/alerts", headers=headers)).status_code == 403
    assert (await router.http.get("/api/v1/usage/alerts")).status_code == 401
