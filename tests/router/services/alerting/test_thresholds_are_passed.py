from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.router_values import NOON, make_agent
from vutler_router.domain.agent import Agent
from vutler_router.domain.alert_store import AlertKind
from vutler_router.domain.limits import Limits
from vutler_router.domain.llm import LlmSettings
from vutler_router.domain.money import NANOS_PER_USD
from vutler_router.domain.plans import load_plans
from vutler_router.metering.totals import Sums
from vutler_router.services.alerting.thresholds import bounds_of, find_passed, is_over_plan

PLANS = load_plans()
STARTER = make_agent(llm=LlmSettings(tier="economy"))
BUDGETED = make_agent(llm=LlmSettings(limits=Limits(monthly_tokens=1_000, monthly_cost=20 * NANOS_PER_USD)))


def passed(agent: Agent, sums: Sums, thresholds: tuple[int, ...] = (80, 100)) -> list[tuple[str, int]]:
    bounds = bounds_of(agent, PLANS)
    found = find_passed(agent, bounds, sums, thresholds, month="2026-11", now=NOON)
    return [(alert.kind.value, alert.threshold) for alert in found]


@pytest.mark.parametrize(
    ("tokens", "thresholds"),
    [
        (0, []),
        (1_599_999, []),
        (1_600_000, [80]),
        (1_999_999, [80]),
        (2_000_000, [80, 100]),
        (2_600_000, [80, 100]),
    ],
)
def test_a_threshold_is_passed_when_its_share_is_reached(tokens: int, thresholds: list[int]) -> None:
    assert passed(STARTER, Sums(plan_tokens=tokens)) == [("plan", threshold) for threshold in thresholds]


def test_only_what_the_platforms_keys_paid_counts_towards_a_plan() -> None:
    assert passed(STARTER, Sums(tokens_total=9_000_000, cost_total=9_000_000)) == []


def test_budgets_of_tokens_and_money_have_thresholds_of_their_own() -> None:
    sums = Sums(tokens_total=800, plan_tokens=5_000, cost_total=21 * NANOS_PER_USD)

    assert passed(BUDGETED, sums) == [("monthlyTokens", 80), ("monthlyCost", 80), ("monthlyCost", 100)]


def test_that_nothing_is_left_is_told_whatever_the_thresholds_are() -> None:
    assert passed(STARTER, Sums(plan_tokens=2_000_000), (50, 150)) == [("plan", 50), ("plan", 100)]


@pytest.mark.parametrize("llm", [None, LlmSettings(), LlmSettings(tier="sold no more"), LlmSettings(limits=Limits())])
def test_without_plan_and_budgets_nothing_is_watched(llm: LlmSettings | None) -> None:
    assert bounds_of(make_agent(llm=llm), PLANS) == ()


def test_an_alert_says_what_was_used_of_what() -> None:
    bounds = bounds_of(STARTER, PLANS)

    (nearly, _) = find_passed(STARTER, bounds, Sums(plan_tokens=2_019_999), (80,), month="2026-11", now=NOON)

    assert (nearly.id, nearly.workspace_id) == ("2026-11/team-a.ava/plan/80", "team-a")
    assert (nearly.percent, nearly.used, nearly.limit, nearly.raised_at) == (100.9, 2_019_999, 2_000_000, NOON)


def test_a_plan_is_used_up_when_nothing_is_left_of_it() -> None:
    bounds = bounds_of(STARTER, PLANS)

    assert [is_over_plan(bounds, Sums(plan_tokens=tokens)) for tokens in (1_999_999, 2_000_000)] == [False, True]
    assert not is_over_plan(bounds_of(BUDGETED, PLANS), Sums(plan_tokens=9_000_000, tokens_total=9_000_000))


def test_a_message_id_is_the_same_for_the_same_alert_and_safe_to_sign() -> None:
    (alert, _) = find_passed(
        STARTER, bounds_of(STARTER, PLANS), Sums(plan_tokens=2_000_000), (80,), month="2026-11", now=NOON
    )
    elsewhere = replace(alert, raised_at=NOON.replace(microsecond=1_000))

    assert alert.message_id == replace(alert, percent=1.0, delivered_at=NOON).message_id
    assert alert.message_id != elsewhere.message_id
    assert "." not in alert.message_id


@given(
    used=st.integers(0, 10**15),
    more=st.integers(0, 10**15),
    limit=st.integers(1, 10**15),
    thresholds=st.sets(st.integers(1, 1_000), min_size=1),
)
def test_more_use_passes_no_fewer_thresholds_and_exactly_those_whose_share_is_reached(
    used: int, more: int, limit: int, thresholds: set[int]
) -> None:
    agent = make_agent(llm=LlmSettings(limits=Limits(monthly_tokens=limit)))
    before = passed(agent, Sums(tokens_total=used), tuple(thresholds))
    after = passed(agent, Sums(tokens_total=used + more), tuple(thresholds))

    assert {name for name, _ in before} <= {AlertKind.MONTHLY_TOKENS.value}
    assert {threshold for _, threshold in before} == {t for t in {*thresholds, 100} if 100 * used >= t * limit}
    assert set(before) <= set(after)
