import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.router.services.usage.conftest import AVA, BOB, PLANS, ZOE, Books, planned
from tests.support.router_values import NOON, make_agent, make_entry
from vutler_router.domain.llm import LlmSettings
from vutler_router.domain.llm_json import JsonObject
from vutler_router.domain.plans import load_plans
from vutler_router.domain.usage import TokenCounts
from vutler_router.errors import InvalidRequest
from vutler_router.metering.totals import Sums
from vutler_router.services.usage.statement_lines import PlanUse, statement_lines

END = datetime(2026, 12, 1, tzinfo=UTC)
CLOSED = END + timedelta(hours=1)
TIERS = ["economy", "standard", "premium"]


async def statement(books: Books, month: str | None = None, workspace_id: str | None = None) -> dict[str, Any]:
    return await books.statements.of_month(month, workspace_id=workspace_id)


def line(agent_id: str, tier: str, **amounts: float) -> dict[str, Any]:
    zeros = {"price": 0, "tokens": 0, "included_tokens": 0, "overage_tokens": 0, "overage_price": 0, "total": 0}
    return {"agent_id": agent_id, "workspace_id": agent_id.partition(".")[0], "tier": tier, **zeros, **amounts}


async def test_who_has_a_plan_pays_for_the_month_used_or_not(books: Books) -> None:
    await books.write(planned("1", 2_250_000))

    shown = await statement(books)

    assert shown == {
        "month": "2026-11",
        "currency": "USD",
        "workspace_id": None,
        "closed": False,
        "lines": [
            line(
                AVA,
                "economy",
                price=5.0,
                tokens=2_250_000,
                included_tokens=2_000_000,
                overage_tokens=250_000,
                overage_price=0.5,
                total=5.5,
            ),
            line(ZOE, "premium", price=20.0, included_tokens=10_000_000, total=20.0),
        ],
        "total": 25.5,
    }


async def test_agents_on_their_own_keys_owe_nothing(books: Books) -> None:
    await books.write(
        make_entry("1", agent_id=BOB, tokens=TokenCounts(9_000_000, 0)),
        make_entry("2", tokens=TokenCounts(9_000_000, 0)),
        planned("3", 10),
    )

    lines = (await statement(books))["lines"]

    assert [(found["agent_id"], found["tier"], found["tokens"]) for found in lines] == [
        (AVA, "economy", 10),
        (ZOE, "premium", 0),
    ]


async def test_a_change_of_plan_costs_the_dearest_plan_once_and_each_plans_own_overage(books: Books) -> None:
    await books.write(planned("1", 2_500_000, at=NOON - timedelta(days=3)))
    books.assign(AVA, "standard")
    await books.write(planned("2", 3_000_000, tier="standard", at=NOON - timedelta(days=2)))
    books.assign(AVA, None)

    shown = await statement(books, workspace_id="team-a")

    assert shown["lines"] == [
        line(
            AVA,
            "standard",
            price=10.0,
            tokens=3_000_000,
            included_tokens=5_000_000,
            overage_tokens=500_000,
            overage_price=1.5,
            total=11.5,
        ),
        line(AVA, "economy", tokens=2_500_000, overage_tokens=500_000, overage_price=1.0, total=1.0),
    ]
    assert shown["total"] == 12.5


async def test_a_plan_that_was_chosen_today_counts_before_its_first_answer(books: Books) -> None:
    await books.write(planned("1", 1_000))
    books.assign(AVA, "premium")

    shown = await statement(books, workspace_id="team-a")

    assert [(found["tier"], found["price"], found["tokens"]) for found in shown["lines"]] == [
        ("premium", 20.0, 0),
        ("economy", 0, 1_000),
    ]


async def test_a_workspace_has_its_own_part(books: Books) -> None:
    await books.write(planned("1", 1_000), planned("2", 1_000, tier="premium", agent_id=ZOE))
    books.clock.time = CLOSED

    whole, one, other = [await statement(books, "2026-11", name) for name in (None, "team-a", "team-b")]

    assert whole["lines"] == one["lines"] + other["lines"]
    assert (whole["total"], one["total"], other["total"]) == (25.0, 5.0, 20.0)
    assert (one["workspace_id"], one["closed"]) == ("team-a", True)
    assert (await statement(books, "2026-11", "team-c"))["lines"] == []


@pytest.mark.parametrize(
    ("now", "closed"),
    [
        (END - timedelta(milliseconds=1), False),
        (END, False),
        (CLOSED - timedelta(milliseconds=1), False),
        (CLOSED, True),
    ],
)
async def test_a_month_is_closed_an_hour_after_its_end(books: Books, now: datetime, closed: bool) -> None:  # noqa: FBT001 - a parameter of the test
    books.clock.time = now
    await books.write(planned("1", 1_000, at=END - timedelta(milliseconds=1)), planned("2", 7, at=END))

    shown = await statement(books, "2026-11")
    kept = await books.storage.statements.find("", "2026-11")

    assert (shown["closed"], kept is not None) == (closed, closed)
    assert shown["lines"][0]["tokens"] == 1_000


async def test_a_plan_that_was_not_used_is_paid_for_when_the_month_is_closed_in_time(books: Books) -> None:
    await books.write(planned("1", 1_000))
    books.clock.time = CLOSED
    books.directory.put(make_agent("team-b.new", llm=LlmSettings(tier="premium"), created_at=END))

    await books.statements.close_last_month()
    books.clock.time = CLOSED + timedelta(days=40)
    shown = await statement(books, "2026-11")

    assert [(found["agent_id"], found["total"]) for found in shown["lines"]] == [(AVA, 5.0), (ZOE, 20.0)]


async def test_of_a_month_that_is_long_over_only_use_is_known(books: Books) -> None:
    await books.write(planned("1", 1_000))
    books.clock.time = END + timedelta(days=1)

    shown = await statement(books, "2026-11")

    assert [found["agent_id"] for found in shown["lines"]] == [AVA]


@pytest.mark.parametrize(("now", "closed"), [(CLOSED, True), (CLOSED - timedelta(seconds=1), False)])
async def test_a_router_closes_a_month_itself_when_its_time_has_come(books: Books, now: datetime, closed: bool) -> None:  # noqa: FBT001 - a parameter of the test
    books.clock.time = now

    for _ in range(2):
        await books.statements.close_last_month()

    assert (await books.storage.statements.find("", "2026-11") is not None) == closed


async def test_a_closed_month_never_changes(books: Books, tmp_path: Path) -> None:
    await books.write(planned("1", 2_500_000))
    books.clock.time = CLOSED
    first = json.dumps(await statement(books, "2026-11"))
    part = json.dumps(await statement(books, "2026-11", "team-a"))

    await books.write(planned("late", 2_500_000), planned("new", 5, tier="premium", agent_id=ZOE))
    books.directory.remove(AVA)
    tiers = tmp_path / "tiers.yaml"
    tiers.write_text(
        "- {id: economy, name: X, price_monthly: 99, included_tokens: 1, overage_per_million: 9, models: [groq/llama]}"
    )
    books.plans = load_plans(tiers)
    books.clock.time = CLOSED + timedelta(days=400)
    books.reader.asked.clear()

    assert json.dumps(await statement(books, "2026-11")) == first
    assert json.dumps(await statement(books, "2026-11", "team-a")) == part
    assert json.loads(first)["total"] == 26.0
    assert books.reader.asked == []


async def test_until_then_a_late_row_counts(books: Books) -> None:
    await books.write(planned("1", 2_500_000))
    before = await statement(books)
    await books.write(planned("late", 1_000_000))

    assert (before["total"], (await statement(books))["total"]) == (26.0, 28.0)


async def test_two_routers_keep_one_statement(books: Books) -> None:
    books.clock.time = CLOSED
    first = await statement(books, "2026-11")
    other: JsonObject = {
        "month": "2026-11",
        "currency": "USD",
        "workspace_id": None,
        "closed": True,
        "lines": [],
        "total": 7.0,
    }

    assert await books.storage.statements.keep("", "2026-11", other) == first


async def test_a_plan_no_longer_on_sale_has_only_its_overage(books: Books) -> None:
    gone = replace(planned("1", 2_500_000), tier="legacy")
    await books.write(gone)
    books.directory.put(make_agent(AVA, llm=LlmSettings(tier="legacy")))

    shown = await statement(books, workspace_id="team-a")

    assert shown["lines"] == [
        line(AVA, "legacy", tokens=2_500_000, overage_tokens=500_000, overage_price=1.0, total=1.0)
    ]


@pytest.mark.parametrize("month", ["2026-12", "2026-13", "", "november"])
async def test_a_month_that_is_none_or_has_not_begun_is_refused(books: Books, month: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await statement(books, month)

    assert refused.value.param == "month"


async def test_the_total_is_exact(books: Books) -> None:
    agents = [f"team-c.agent-{number}" for number in range(30)]
    await books.write(*(planned(agent, 2_000_001, agent_id=agent) for agent in agents))
    books.clock.time = END + timedelta(days=1)

    shown = await statement(books, "2026-11")

    assert shown["total"] == 150.00006
    assert {found["overage_price"] for found in shown["lines"]} == {0.000002}


USE = st.lists(
    st.builds(
        lambda agent, tier, tokens, price: PlanUse(agent, tier, Sums(plan_tokens=tokens, price_total=price)),
        st.sampled_from([AVA, BOB, ZOE]),
        st.sampled_from([*TIERS, "legacy"]),
        st.integers(1, 10**9),
        st.integers(0, 10**12),
    ),
    unique_by=lambda use: (use.agent_id, use.tier),
)


@given(USE, st.dictionaries(st.sampled_from([AVA, BOB, ZOE]), st.sampled_from(TIERS)))
def test_each_agent_pays_one_price_and_all_overage(use: list[PlanUse], assigned: dict[str, str]) -> None:
    lines = statement_lines(use, assigned, PLANS)

    for agent_id in {one.agent_id for one in use} | assigned.keys():
        own = [found for found in lines if found.agent_id == agent_id]
        tiers = {one.tier for one in use if one.agent_id == agent_id} | {assigned.get(agent_id, "legacy")}
        assert sum(found.price for found in own) == max(
            PLANS.get(t).price_monthly if t != "legacy" else 0 for t in tiers
        )
        assert sum(found.price > 0 for found in own) <= 1
    assert sum(found.total - found.price for found in lines) == sum(one.sums.price_total for one in use)
    assert sum(found.tokens for found in lines) == sum(one.sums.plan_tokens for one in use)
    assert [found.agent_id for found in lines] == sorted(found.agent_id for found in lines)
