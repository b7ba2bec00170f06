from itertools import count
from typing import Any

import pytest

from tests.operator.reconcile.objects import obj
from tests.operator.reconcile.test_a_status_explains import LATER, NOW, WELL, changed
from vutler_operator.reconcile.events import build_events
from vutler_operator.reconcile.fair_use import FAIR_USE, judge_fair_use
from vutler_operator.reconcile.status import build_status
from vutler_operator.resources.objects import Manifest
from vutler_operator.router_client import AgentUsage, FairUse

NEXT_MONTH = "2026-12-01T00:00:09Z"


def usage(state: str = "Within", reason: str = "plan", action: str = "Log", **figures: Any) -> AgentUsage:
    fair = FairUse(state=state, reason=reason, action=action)
    return AgentUsage(agent_id="team-a.ava", period="2026-11", fair_use=fair, **figures)


WITHIN, NEARLY, PASSED = usage(), usage("Nearly"), usage("Exceeded")
TOKENS_NEARLY, COST_PASSED = usage("Nearly", "monthlyTokens"), usage("Exceeded", "monthlyCost")


def agent_with(*looks: AgentUsage | None, now: str = NOW) -> Manifest:
    """Return an Agent whose status was brought up to date after each look at its use."""
    agent = obj("Agent", "ava")
    for look in looks:
        agent = {**agent, "status": build_status(agent, changed(usage=look), now)}
    return agent


def told(agent: Manifest, look: AgentUsage | None, now: str = LATER) -> list[tuple[str, str]]:
    """Return type and reason of the Events that the next look makes."""
    suffixes = map(str, count())
    events = build_events(agent, build_status(agent, changed(usage=look), now), now=now, new_suffix=suffixes.__next__)
    assert len({event["metadata"]["name"] for event in events}) == len(events)
    return [(event["type"], event["reason"]) for event in events]


def fair_use_of(agent: Manifest) -> Manifest:
    found: Manifest = next(c for c in agent["status"]["conditions"] if c["type"] == FAIR_USE)
    return found


@pytest.mark.parametrize(
    ("state", "reason", "status", "expected"),
    [
        ("Within", "", "True", "WithinPlan"),
        ("Within", "monthlyCost", "True", "WithinPlan"),
        ("Nearly", "plan", "True", "NearlyUsedUp"),
        ("Nearly", "monthlyTokens", "True", "BudgetNearlyUsedUp"),
        ("Exceeded", "plan", "False", "PlanExceeded"),
        ("Exceeded", "monthlyTokens", "False", "BudgetExceeded"),
        ("Exceeded", "monthlyCost", "False", "BudgetExceeded"),
        ("a state of a later router", "plan", "True", "WithinPlan"),
    ],
)
def test_the_router_judges(state: str, reason: str, status: str, expected: str) -> None:
    found = judge_fair_use(usage(state, reason))

    assert (found.type, found.status, found.reason) == ("WithinFairUse", status, expected)


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("Log", "charged beyond the plan, and requests are answered as before"),
        ("Throttle", "only a few requests a minute are answered until 2026-12-01 (UTC)"),
        ("Block", "requests are refused until 2026-12-01 (UTC)"),
        ("Downgrade", "a cheaper plan answers until 2026-12-01 (UTC)"),
    ],
)
@pytest.mark.parametrize("state", ["Nearly", "Exceeded"])
def test_the_message_says_what_happens_and_what_to_do(state: str, action: str, words: str) -> None:
    message = judge_fair_use(usage(state, action=action)).message

    assert message.startswith("this month's plan is ")
    assert words in message
    assert "Choose a larger tier in its LLMConfig" in message


@pytest.mark.parametrize("budget", ["monthlyTokens", "monthlyCost"])
def test_a_budget_is_named_with_what_would_raise_it(budget: str) -> None:
    message = judge_fair_use(usage("Exceeded", budget)).message

    assert f"(limits.{budget}) is used up: that is only noted" in message
    assert f"Raise limits.{budget} in its LLMConfig" in message


def test_the_month_after_december_is_january() -> None:
    december = usage("Exceeded", action="Block").model_copy(update={"period": "2026-12"})

    assert "until 2027-01-01 (UTC)" in judge_fair_use(december).message


@pytest.mark.parametrize(
    ("figures", "reason"),
    [
        ({}, "WithinPlan"),
        ({"percent": 79.9}, "WithinPlan"),
        ({"percent": 80.0}, "NearlyUsedUp"),
        ({"percent": 100.0}, "NearlyUsedUp"),
        ({"percent": 100.1}, "PlanExceeded"),
        ({"overage_tokens": 1}, "PlanExceeded"),
    ],
)
def test_an_older_routers_figures_are_judged_here(figures: dict[str, Any], reason: str) -> None:
    assert judge_fair_use(AgentUsage(agent_id="team-a.ava", **figures)).reason == reason


@pytest.mark.parametrize("state", ["Within", "Nearly", "Exceeded"])
@pytest.mark.parametrize("action", ["Log", "Throttle", "Block", "Downgrade"])
def test_no_message_moves_with_use(state: str, action: str) -> None:
    before = usage(state, action=action, tokens_total=5, percent=81.0, overage_tokens=0, cost_total=0.1)
    after = usage(state, action=action, tokens_total=9, percent=99.0, overage_tokens=7, cost_total=0.3)

    assert judge_fair_use(before) == judge_fair_use(after)


def test_the_figures_are_in_the_status_and_the_same_ones_are_not_written_again() -> None:
    look = usage("Exceeded", tokens_total=2_500_000, percent=125.0, overage_tokens=500_000, included_tokens=2_000_000)
    agent = agent_with(look)

    again = build_status(agent, changed(usage=look), LATER)

    assert again == agent["status"]
    assert again["usage"] == {
        "period": "2026-11",
        "requests": 0,
        "tokens": 2_500_000,
        "includedTokens": 2_000_000,
        "percent": 125.0,
        "cost": 0.0,
        "overageTokens": 500_000,
        "updatedAt": NOW,
    }


def test_more_use_beyond_the_plan_is_no_transition() -> None:
    agent = agent_with(usage("Exceeded", overage_tokens=1))

    more = build_status(agent, changed(usage=usage("Exceeded", overage_tokens=900)), LATER)

    assert more["conditions"] == agent["status"]["conditions"]
    assert (more["usage"]["overageTokens"], more["usage"]["updatedAt"]) == (900, LATER)


@pytest.mark.parametrize("known", [PASSED, NEARLY, usage("Exceeded", "monthlyCost", "Block")])
def test_what_was_judged_stays_while_the_router_is_away(known: AgentUsage) -> None:
    agent = agent_with(known)

    assert build_status(agent, changed(usage=None), LATER) == agent["status"]
    assert told(agent, None) == []


@pytest.mark.parametrize(
    ("looks", "look", "events"),
    [
        ((None,), WITHIN, []),
        ((WITHIN,), NEARLY, [("Warning", "PlanNearlyUsedUp")]),
        ((WITHIN,), PASSED, [("Warning", "PlanExceeded")]),
        ((WITHIN,), TOKENS_NEARLY, [("Warning", "BudgetNearlyUsedUp")]),
        ((TOKENS_NEARLY,), COST_PASSED, [("Warning", "BudgetExceeded")]),
        ((NEARLY,), PASSED, [("Warning", "PlanExceeded")]),
        ((None,), PASSED, [("Warning", "PlanExceeded")]),
        ((PASSED,), WITHIN, [("Normal", "WithinPlan")]),
        ((NEARLY,), WITHIN, [("Normal", "WithinPlan")]),
        ((PASSED,), usage("Exceeded", overage_tokens=9), []),
        ((PASSED, None), PASSED, []),
    ],
)
def test_each_transition_is_one_event(
    looks: tuple[AgentUsage | None, ...], look: AgentUsage | None, events: list[tuple[str, str]]
) -> None:
    agent = agent_with(*looks)

    assert told(agent, look) == events
    assert told(agent_with(*looks, look), look) == []


def test_an_event_says_what_the_condition_says() -> None:
    agent = agent_with(usage())
    status = build_status(agent, changed(usage=PASSED), LATER)

    (event,) = build_events(agent, status, now=LATER, new_suffix=lambda: "1")

    assert event["message"] == fair_use_of({"status": status})["message"]
    assert event["involvedObject"]["name"] == "ava"


def test_a_new_agent_that_is_over_its_plan_is_told_of_both() -> None:
    assert told(obj("Agent", "ava"), PASSED) == [("Normal", "AgentReady"), ("Warning", "PlanExceeded")]


def test_a_new_month_begins_with_nothing_used() -> None:
    agent = agent_with(usage("Exceeded", tokens_total=3_000_000, percent=150.0))
    december = AgentUsage(agent_id="team-a.ava", period="2026-12", fair_use=FairUse())

    status = build_status(agent, changed(usage=december), NEXT_MONTH)

    assert (status["usage"]["period"], status["usage"]["tokens"]) == ("2026-12", 0)
    assert fair_use_of({"status": status})["lastTransitionTime"] == NEXT_MONTH


def test_without_a_month_from_the_router_it_is_the_one_that_the_clock_shows() -> None:
    agent = obj("Agent", "ava")

    assert build_status(agent, WELL, NOW)["usage"]["period"] == "2026-11"
