"""How a month's use stands to what a plan includes: arithmetic on values."""

from collections.abc import Collection
from dataclasses import dataclass

__all__ = ["PlanShare", "share_of"]


@dataclass(frozen=True, slots=True)
class PlanShare:
    """Use against a plan, in tokens.

    Attributes:
        included: What the plan covers in a month; 0 without one.
        used: What counted towards it so far; 0 without one.
        overage: What went beyond it. Each answer was judged by the plan in force when it was given, so this is no
            difference of the other two once an agent has changed its plan.
    """

    included: int
    used: int
    overage: int

    @property
    def percent(self) -> float:
        """Use in per cent of what is included, cut to one decimal: 100.0 means that all is used; above it beyond."""
        return 1000 * self.used // self.included / 10 if self.included else 0.0

    @classmethod
    def total(cls, shares: Collection["PlanShare"]) -> "PlanShare":
        """Add up agents: one agent's unused tokens never make up for another's overage."""
        return cls(
            included=sum(share.included for share in shares),
            used=sum(share.used for share in shares),
            overage=sum(share.overage for share in shares),
        )


def share_of(plan_tokens: int, included: int, overage: int) -> PlanShare:
    """Relate a month's tokens that count towards plans to what the present plan includes; without one nothing counts.

    Args:
        plan_tokens: Tokens of the month that were answered by a plan.
        included: What the present plan covers in a month; 0 without one.
        overage: What the month's day totals say went beyond plans.
    """
    return PlanShare(included, plan_tokens if included else 0, overage)
