from collections.abc import Sequence
from typing import Any

import pytest

from tests.support.running_router import AGENT, KEY, MODEL, RunningRouter

OWN = {"provider": "openai", "model": MODEL, "api_key": KEY}
COUNTS = ["monthlyTokens", "requestsPerMinute", "tokensPerMinute", "concurrency"]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        *((name, (0, -1, 1.5, True, "5", 10**16, [])) for name in COUNTS),
        ("monthlyCost", (0, -1, 1e-9, 10**7, True, "NaN", "much")),
        ("onExceeded", ("block", "Explode", "", 1, None)),
    ],
)
async def test_a_limit_that_cannot_be_meant_is_refused_by_its_name(
    router: RunningRouter, name: str, values: Sequence[object]
) -> None:
    await router.agent()
    answers = []
    for value in values:
        llm = {**OWN, "limits": {name: value}}
        own = await router.http.put(f"/api/v1/agents/{AGENT}/llm-config", json=llm, headers=router.admin)
        pushed = await router.http.put(f"/api/v1/agents/{AGENT}", json={"llm": llm}, headers=router.admin)
        answers += [(value, found.status_code, found.json()["error"]["param"]) for found in (own, pushed)]

    expected = [[(value, 400, f"limits.{name}"), (value, 400, f"llm.limits.{name}")] for value in values]
    assert answers == [line for lines in expected for line in lines]


@pytest.mark.parametrize(
    "limits",
    [
        dict.fromkeys(COUNTS, 1),
        {"monthlyTokens": 10**15, "tokensPerMinute": 10**15, "requestsPerMinute": 2**31 - 1, "concurrency": 2**31 - 1},
        {"monthlyCost": 0.01, "onExceeded": "Downgrade"},
        {"monthlyCost": 1_000_000, "onExceeded": "Throttle"},
    ],
)
async def test_limits_are_kept_as_they_were_sent(router: RunningRouter, limits: dict[str, Any]) -> None:
    await router.agent(**OWN, limits=limits)
    kept = await router.http.get(f"/api/v1/agents/{AGENT}/llm-config", headers=router.admin)
    assert kept.json()["limits"] == {"onExceeded": "Log", **limits}
