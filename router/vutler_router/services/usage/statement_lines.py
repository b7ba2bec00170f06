"""What each agent owes for a month: arithmetic on values."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vutler_router.domain.llm_json import JsonObject
from vutler_router.domain.money import to_usd
from vutler_router.domain.plans import Plans
from vutler_router.metering.totals import Sums

__all__ = ["PlanUse", "StatementLine", "line_json", "statement_lines"]


@dataclass(frozen=True, slots=True)
class PlanUse:
    """What one agent used of one plan."""

    agent_id: str
    tier: str
    sums: Sums


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One agent on one plan in one month. Money in 1e-9 USD.

    Attributes:
        price: The plan's monthly price, on the line of the agent's dearest plan of the month; else 0.
        tokens: What the plan answered.
        included_tokens: What the price covers; 0 where there is no price.
        overage_tokens: The part of `tokens` beyond the plan that was in force.
        overage_price: What that part costs.
    """

    agent_id: str
    tier: str
    price: int
    tokens: int
    included_tokens: int
    overage_tokens: int
    overage_price: int

    @property
    def total(self) -> int:
        """What is to be paid."""
        return self.price + self.overage_price


def statement_lines(use: Iterable[PlanUse], assigned: Mapping[str, str], plans: Plans) -> Sequence[StatementLine]:
    """Return a line for each agent and plan of a month, by agent, the dearest plan first.

    An agent that changed its plan pays one monthly price, that of its dearest plan; what went beyond a plan is paid as
    the plan said that was in force then. A plan that is no longer on sale has no price any more, only its overage.

    Args:
        use: What was used.
        assigned: The plans that agents have now, used or not; empty for a month that is over.
        plans: The tiers on sale.
    """
    months: defaultdict[str, dict[str, Sums]] = defaultdict(dict)
    for agent_id, tier in assigned.items():
        months[agent_id][tier] = Sums()
    for one in use:
        months[one.agent_id][one.tier] = one.sums
    return [line for agent_id in sorted(months) for line in _lines(agent_id, months[agent_id], plans)]


def _lines(agent_id: str, use: Mapping[str, Sums], plans: Plans) -> Iterable[StatementLine]:
    """Write one agent's lines."""
    by_price = sorted(use, key=lambda tier: (_price_and_size(tier, plans), tier), reverse=True)
    for tier in by_price:
        price, included = _price_and_size(tier, plans) if tier == by_price[0] else (0, 0)
        sums = use[tier]
        yield StatementLine(
            agent_id=agent_id,
            tier=tier,
            price=price,
            tokens=sums.plan_tokens,
            included_tokens=included,
            overage_tokens=sums.overage_tokens,
            overage_price=sums.price_total,
        )


def _price_and_size(tier_id: str, plans: Plans) -> tuple[int, int]:
    """Return what a plan costs a month and how many tokens that covers."""
    tier = plans.find(tier_id)
    return (tier.price_monthly, tier.included_tokens) if tier is not None else (0, 0)


def line_json(line: StatementLine) -> JsonObject:
    """Write a line by the names of the API, money in USD."""
    return {
        "agent_id": line.agent_id,
        "workspace_id": line.agent_id.partition(".")[0],
        "tier": line.tier,
        "price": to_usd(line.price),
        "tokens": line.tokens,
        "included_tokens": line.included_tokens,
        "overage_tokens": line.overage_tokens,
        "overage_price": to_usd(line.overage_price),
        "total": to_usd(line.total),
    }
