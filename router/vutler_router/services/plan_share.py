"""How a month's use stands to what a plan includes: arithmetic on values."""

from collections.abc import Collection
from dataclasses import dataclass

from vutler_router.domain.llm_json import JsonObject
from vutler_router.domain.money import to_usd
from vutler_router.metering.totals import Sums

__all__ = ["PlanShare", "forecast", "share_of"]


@dataclass(frozen=True, slots=True)
class PlanShare:
    """Use against a plan; all zero without one.

    Attributes:
        included_tokens: What the plan covers in a month.
        used_tokens: What counted towards it so far.
        overage_tokens: What went beyond it.
    """

    included_tokens: int
    used_tokens: int
    overage_tokens: int

    @property
    def percent(self) -> float:
        """Use in per cent of what is included, to one decimal; above 100 beyond it."""
        return round(100 * self.used_tokens / self.included_tokens, 1) if self.included_tokens else 0.0

    @classmethod
    def total(cls, shares: Collection["PlanShare"]) -> "PlanShare":
        """Add up agents: one agent's unused tokens never make up for another's overage."""
        return cls(
            included_tokens=sum(share.included_tokens for share in shares),
            used_tokens=sum(share.used_tokens for share in shares),
            overage_tokens=sum(share.overage_tokens for share in shares),
        )


def share_of(plan_tokens: int, included: int) -> PlanShare:
    """Relate the tokens that count towards a plan to what it includes; without a plan nothing counts."""
    if not included:
        return PlanShare(0, 0, 0)
    return PlanShare(included, plan_tokens, max(plan_tokens - included, 0))


def forecast(monthly: Sums, elapsed: float, included: int) -> JsonObject:
    """Carry a month's use so far forward to its end at the same pace.

    Args:
        monthly: What was used this month.
        elapsed: The share of the month that is over, above 0.
        included: Tokens a month that the plans cover.
    """
    plan_tokens = round(monthly.plan_tokens / elapsed)
    return {
        "tokens_total": round(monthly.tokens_total / elapsed),
        "cost_total": to_usd(round(monthly.cost_total / elapsed)),
        "overage_tokens": share_of(plan_tokens, included).overage_tokens,
    }
