from dataclasses import replace

import pytest

from vutler_router.domain.limits import Limits, OnExceeded
from vutler_router.domain.llm import LlmSettings
from vutler_router.domain.plans import load_plans
from vutler_router.fairuse.rules import Budget, LimitName, Rules, build_rules

PLANS = load_plans()
MONTHLY = Limits(monthly_tokens=1_000, monthly_cost=5)
BUDGETS = (Budget(LimitName.MONTHLY_TOKENS, 1_000), Budget(LimitName.MONTHLY_COST, 5))


def rules(limits: Limits | None, tier: str | None = None) -> Rules | None:
    return build_rules(LlmSettings(tier=tier, limits=limits), PLANS)


@pytest.mark.parametrize("llm", [None, LlmSettings(), LlmSettings(tier="economy"), LlmSettings(limits=Limits())])
def test_without_limits_nothing_is_enforced(llm: LlmSettings | None) -> None:
    assert build_rules(llm, PLANS) is None


def test_log_only_notes_monthly_limits() -> None:
    assert rules(MONTHLY, "economy") is None


def test_rates_are_enforced_whatever_happens_beyond_monthly_limits() -> None:
    assert rules(replace(MONTHLY, requests_per_minute=7)) == Rules(requests_per_minute=7)


@pytest.mark.parametrize("action", [OnExceeded.THROTTLE, OnExceeded.BLOCK])
def test_what_a_plan_includes_is_a_limit_where_the_settings_say_so(action: OnExceeded) -> None:
    own, planned = rules(replace(MONTHLY, on_exceeded=action)), rules(Limits(on_exceeded=action), "economy")

    assert own == Rules(budgets=BUDGETS, action=action)
    assert planned == Rules(budgets=(Budget(LimitName.PLAN, 2_000_000),), action=action, on_plan=True)


@pytest.mark.parametrize(("tier", "cheaper"), [("premium", "standard"), ("standard", "economy")])
def test_a_downgrade_goes_to_the_next_cheaper_plan(tier: str, cheaper: str) -> None:
    found = rules(Limits(on_exceeded=OnExceeded.DOWNGRADE), tier)
    assert found is not None
    assert (found.action, found.cheaper_tier, found.budgets[0].name) == (OnExceeded.DOWNGRADE, cheaper, LimitName.PLAN)


@pytest.mark.parametrize("tier", ["economy", None, "no longer on sale"])
def test_a_downgrade_to_nothing_is_like_log(tier: str | None) -> None:
    assert rules(replace(MONTHLY, on_exceeded=OnExceeded.DOWNGRADE), tier) is None
