"""How far an agent is into its plan and budgets: one answer for the usage API, alerts and the Agent's status."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from vutler_router.domain.limits import Limits, OnExceeded

__all__ = ["Standing", "standing"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an agent stands in a month.

    Attributes:
        percent: Share used of the plan or budget that is used most, cut to one decimal: 100.0 means that it is reached.
        reason: Which one that is: `plan`, `monthlyTokens`, `monthlyCost`, or nothing when the agent has none of them.
        exceeded: Nothing is left of it.
        action: What the agent's limits say happens then.
    """

    percent: float
    reason: str
    exceeded: bool
    action: OnExceeded


def standing(
    limits: Limits | None, included_tokens: int, plan_tokens: int, tokens_total: int, cost_total: int
) -> Standing:
    """Say how far an agent is; of several equally used the plan is named first.

    Args:
        limits: The agent's own limits.
        included_tokens: Tokens that its plan's price covers; 0 without a plan.
        plan_tokens: Tokens that the plan answered this month.
        tokens_total: All tokens of the month.
        cost_total: What the providers charged for them, in 1e-9 USD.
    """
    limits = limits or Limits()
    shares = {
        reason: Fraction(used, bound)
        for reason, used, bound in _budgets(limits, included_tokens, plan_tokens, tokens_total, cost_total)
        if bound > 0
    }
    if not shares:
        return Standing(0.0, "", exceeded=False, action=limits.on_exceeded)
    reason = max(shares, key=lambda name: shares[name])
    share = shares[reason]
    return Standing(int(share * 1000) / 10, reason, exceeded=share >= 1, action=limits.on_exceeded)


def _budgets(
    limits: Limits, included_tokens: int, plan_tokens: int, tokens_total: int, cost_total: int
) -> Iterator[tuple[str, int, int]]:
    """Name each budget with what is used of it and how large it is."""
    yield "plan", plan_tokens, included_tokens
    yield "monthlyTokens", tokens_total, limits.monthly_tokens or 0
    yield "monthlyCost", cost_total, limits.monthly_cost or 0
