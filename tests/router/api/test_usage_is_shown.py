import asyncio
import csv
import io
import itertools
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.support.running_router import AGENT, KEY, MODEL, RunningRouter

_VISIBLE_SECONDS = 2.0
USAGE = f"/api/v1/agents/{AGENT}/usage"
SUMMARY = "/api/v1/usage/summary"
STATEMENT = "/api/v1/usage/statement"
WRONG_PERIODS: list[tuple[dict[str, str], str]] = [
    ({"period": "century"}, "period"),
    ({"period": ""}, "period"),
    ({"date": "yesterday"}, "date"),
    ({"period": "day", "date": "2026-11-31"}, "date"),
    ({"from": "2026-11-01"}, "to"),
    ({"to": "2026-11-01"}, "from"),
    ({"from": "2026-11-02", "to": "2026-11-01"}, "to"),
    ({"from": "2020-01-01", "to": "2026-11-01"}, "to"),
    ({"from": "2026-11-01", "to": "2026-11-02", "period": "day"}, "period"),
]
"""What is asked, and the parameter that is at fault."""


async def asked(router: RunningRouter, path: str, **query: str) -> httpx.Response:
    return await router.http.get(path, params=query, headers=router.admin)


async def used(router: RunningRouter, **llm: Any) -> str:
    """Have one answer counted and return the agent's token."""
    token = await router.agent(**llm)
    assert (await router.chat(token)).status_code == 200
    await router.rows()
    return token


def lines(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


async def test_an_answer_is_in_every_figure_within_two_seconds(router: RunningRouter) -> None:
    token = await router.agent()
    await asked(router, SUMMARY)
    await router.chat(token)
    answered = time.monotonic()

    shown = (await asked(router, SUMMARY)).json()
    while not shown["requests"] and time.monotonic() - answered < _VISIBLE_SECONDS:
        await asyncio.sleep(0.05)
        shown = (await asked(router, SUMMARY)).json()
    own = (await asked(router, USAGE, period="day")).json()

    assert (shown["requests"], shown["tokens_total"]) == (1, 14)
    assert (own["requests"], own["tokens_total"]) == (1, 14)
    assert [line["requests"] for line in own["by_date"]] == [1]
    assert own["by_model"][0]["priced"] is False
    assert own["requests_unpriced"] == 1


async def test_an_agent_sees_its_own_usage_and_nothing_else(router: RunningRouter) -> None:
    own = {"authorization": f"Bearer {await used(router)}"}
    await router.agent("team-a.bob")

    mine = await router.http.get(USAGE, headers=own)
    others = await router.http.get("/api/v1/agents/team-a.bob/usage", params={"period": "century"}, headers=own)

    assert (mine.status_code, mine.json()["requests"]) == (200, 1)
    assert (others.status_code, others.json()["error"]["code"]) == (404, "agent_not_found")
    for path in (SUMMARY, STATEMENT, f"{SUMMARY}?format=csv", f"{STATEMENT}?format=csv&month=1"):
        assert (await router.http.get(path, headers=own)).status_code == 403
    assert (await router.http.get("/api/v1/usage/tiers", headers=own)).status_code == 200
    for path in (USAGE, SUMMARY, STATEMENT, "/api/v1/usage/tiers"):
        assert (await router.http.get(path)).status_code == 401


async def test_an_agents_limits_and_its_standing_are_shown(router: RunningRouter) -> None:
    limits = {"monthlyTokens": 15, "onExceeded": "Throttle"}
    await used(router, provider="openai", model=MODEL, api_key=KEY, limits=limits)

    own = (await asked(router, USAGE)).json()
    (line,) = (await asked(router, SUMMARY)).json()["agents"]

    assert own["limits"] == limits
    assert own["fair_use"] == {"state": "Nearly", "percent": 93.3, "reason": "monthlyTokens", "action": "Throttle"}
    assert line["fair_use"] == own["fair_use"]


async def test_any_days_can_be_asked_for(router: RunningRouter) -> None:
    await used(router)
    today = datetime.now(UTC).date()
    range_of_three = {"from": f"{today - timedelta(days=1)}", "to": f"{today + timedelta(days=1)}"}

    ranged = (await asked(router, USAGE, **range_of_three)).json()
    dated = (await asked(router, USAGE, period="day", date="2020-02-29")).json()

    assert (ranged["period"], ranged["requests"]) == ("custom", 1)
    assert (dated["from"], dated["to"], dated["requests"]) == (
        "2020-02-29T00:00:00+00:00",
        "2020-03-01T00:00:00+00:00",
        0,
    )


async def test_what_is_no_period_is_400_and_names_the_parameter(
    router: RunningRouter, subtests: pytest.Subtests
) -> None:
    await router.agent()
    for path, form, (query, param) in itertools.product([USAGE, SUMMARY], ["json", "csv"], WRONG_PERIODS):
        with subtests.test(path, form=form, query=query):
            answer = await asked(router, path, format=form, **query)

            assert answer.status_code == 400
            assert answer.json()["error"]["param"] == param
            assert answer.json()["error"]["type"] == "invalid_request_error"


async def test_an_unknown_format_is_400(router: RunningRouter, subtests: pytest.Subtests) -> None:
    await router.agent()
    for path, form in itertools.product([USAGE, SUMMARY, STATEMENT], ["xml", "", "CSV"]):
        with subtests.test(path, form=form):
            error = (await asked(router, path, format=form)).json()["error"]

            assert (error["param"], "json or csv" in error["message"]) == ("format", True)


async def test_usage_is_saved_as_csv(router: RunningRouter) -> None:
    await used(router)
    today = datetime.now(UTC).date()

    own = await asked(router, USAGE, period="day", format="csv")
    whole = await asked(router, SUMMARY, format="csv", workspace_id="team-a")

    assert own.headers["content-disposition"] == f'attachment; filename="usage-{AGENT}-{today}.csv"'
    assert [(line["date"], line["model"], line["tokens_total"]) for line in lines(own)] == [(f"{today}", MODEL, "14")]
    assert whole.headers["content-disposition"].startswith('attachment; filename="usage-team-a-month-')
    assert [(line["agent_id"], line["requests"]) for line in lines(whole)] == [(AGENT, "1")]


async def test_a_statement_is_written_for_the_current_month(router: RunningRouter) -> None:
    await router.agent(managed=True, tier="economy")
    await router.agent("team-b.zoe", managed=True, tier="premium")

    shown = (await asked(router, STATEMENT)).json()
    part = await asked(router, STATEMENT, workspace_id="team-b", format="csv")

    assert (shown["closed"], shown["currency"], shown["total"]) == (False, "USD", 25.0)
    assert [(line["agent_id"], line["tier"], line["price"]) for line in shown["lines"]] == [
        (AGENT, "economy", 5.0),
        ("team-b.zoe", "premium", 20.0),
    ]
    assert [(line["agent_id"], line["price"], line["total"]) for line in lines(part)] == [("team-b.zoe", "20", "20")]


async def test_a_closed_months_statement_comes_byte_for_byte(router: RunningRouter) -> None:
    first = await asked(router, STATEMENT, month="2020-02")
    await router.agent(managed=True, tier="economy")
    again = await asked(router, STATEMENT, month="2020-02")

    assert first.json()["closed"] is True
    assert again.content == first.content


async def test_a_month_that_is_none_is_400(router: RunningRouter, subtests: pytest.Subtests) -> None:
    for month in ("2026", "2026-13", "November", "", "9000-01", "2026-11-01"):
        with subtests.test(month):
            answer = await asked(router, STATEMENT, month=month)

            assert (answer.status_code, answer.json()["error"]["param"]) == (400, "month")


async def test_a_workspaces_name_cannot_add_a_header(router: RunningRouter) -> None:
    answer = await asked(router, SUMMARY, format="csv", workspace_id='x"\r\nset-cookie: a=b')

    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers


async def test_plans_are_listed_in_words(router: RunningRouter) -> None:
    (starter, *others) = (await asked(router, "/api/v1/usage/tiers")).json()["tiers"]

    assert len(others) == 2
    assert (starter["price_in_words"], starter["included_in_words"]) == (
        "$5 a month",
        "About 1,500 short conversations or 200 long documents a month",
    )
    assert starter["overage_in_words"] == "After that, $2 for about every 760 short conversations"
