"""Says in one condition how an agent stands to its plan and budgets, and what that means for it; pure.

No message holds a number that grows with use: such a number would write the status again with every look. The numbers
stand in `status.usage`.
"""

from typing import Final

from vutler_operator.resources.condition import Condition
from vutler_operator.router_client import AgentUsage, FairUse

__all__ = ["FAIR_USE", "judge_fair_use"]

FAIR_USE: Final = "WithinFairUse"
"""The condition's type."""

_ALL: Final = 100.0
_NEARLY: Final = 80.0
"""Per cent of the plan from which an older router's figures count as nearly used up."""

_BUDGETS: Final = {
    "monthlyTokens": "this month's budget of tokens (limits.monthlyTokens)",
    "monthlyCost": "this month's budget of money (limits.monthlyCost)",
}


def judge_fair_use(usage: AgentUsage | None) -> Condition:
    """Return the condition `WithinFairUse`.

    The router judges; what an older one tells of the plan alone is judged here, as it was then.
    """
    if usage is None:
        return Condition(FAIR_USE, "Unknown", "UsageUnknown", "the router has not told this month's usage yet")
    fair = usage.fair_use or _by_percent(usage)
    budget = _BUDGETS.get(fair.reason)
    what, kind = budget or "this month's plan", "Plan" if budget is None else "Budget"
    then = f"{_effect(fair, usage.period)}. {_remedy(fair)}"
    match fair.state:
        case "Exceeded":
            return Condition(FAIR_USE, "False", f"{kind}Exceeded", f"{what} is used up: {then}")
        case "Nearly":
            reason = "NearlyUsedUp" if budget is None else "BudgetNearlyUsedUp"
            return Condition(FAIR_USE, "True", reason, f"{what} is nearly used up; once it is, {then}")
        case _:
            return Condition(FAIR_USE, "True", "WithinPlan", "this month's usage is within the plan and all budgets")


def _by_percent(usage: AgentUsage) -> FairUse:
    percent = usage.percent or 0
    if usage.overage_tokens > 0 or percent > _ALL:
        return FairUse(state="Exceeded", reason="plan")
    return FairUse(state="Nearly" if percent >= _NEARLY else "Within", reason="plan")


def _effect(fair: FairUse, month: str) -> str:
    """Say what happens to requests."""
    until = f"until {_next_month(month)} (UTC)" if month else "until the month ends (UTC)"
    match fair.action:
        case "Block":
            return f"requests are refused {until}"
        case "Throttle":
            return f"only a few requests a minute are answered {until}"
        case "Downgrade":
            return f"a cheaper plan answers {until}, where there is one"
        case _ if fair.reason in _BUDGETS:
            return "that is only noted, and requests are answered as before"
        case _:
            return "further tokens are charged beyond the plan, and requests are answered as before"


def _remedy(fair: FairUse) -> str:
    """Say what a person can do."""
    if fair.reason in _BUDGETS:
        return f"Raise limits.{fair.reason} in its LLMConfig for more, or choose what happens with limits.onExceeded"
    return "Choose a larger tier in its LLMConfig for more, or choose what happens with limits.onExceeded"


def _next_month(month: str) -> str:
    """Return the day after a month such as `2026-11`."""
    year, number = map(int, month.split("-"))
    return f"{year + number // 12}-{number % 12 + 1:02}-01"
