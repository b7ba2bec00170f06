"""One agent's use, beside what its plan and its own limits allow: arithmetic on values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from vutler_router.domain.agent import Agent
from vutler_router.domain.limits import Limits
from vutler_router.domain.plans import Plans, Tier
from vutler_router.fairuse.standing import Standing, standing
from vutler_router.metering.totals import Sums
from vutler_router.services.usage.forecasts import Forecast, MonthCourse, forecast, no_more
from vutler_router.services.usage.periods import Period
from vutler_router.services.usage.plan_share import PlanShare, share_of

__all__ = ["Account", "Books", "account_of"]

_NOTHING: Final = Sums()


@dataclass(frozen=True, slots=True)
class Books:
    """What was read from day totals, by agent.

    Attributes:
        course: The current month.
        plan_month: The month whose share of plans is shown.
        in_period: Use in the period asked for.
        in_plan_month: Use in that month.
        this_month: Use in the current month.
        before: Use on the days before it that count for its pace.
    """

    course: MonthCourse
    plan_month: Period
    in_period: Mapping[str, Sums]
    in_plan_month: Mapping[str, Sums]
    this_month: Mapping[str, Sums]
    before: Mapping[str, Sums]


@dataclass(frozen=True, slots=True)
class Account:
    """One agent's part of the books.

    Attributes:
        agent: None when it was deleted.
        used: Use in the period asked for.
        limits: Its own limits; None without any.
        share: How the plan's month stands to the plan.
        stands: How the current month stands to plan and limits.
        forecast: What the current month will come to.
    """

    agent_id: str
    agent: Agent | None
    used: Sums
    limits: Limits | None
    share: PlanShare
    stands: Standing
    forecast: Forecast


def account_of(agent_id: str, agent: Agent | None, plans: Plans, books: Books) -> Account:
    """Relate an agent's use to its plan; one that is gone has no plan and uses no more."""
    tier, limits = _tier(agent, plans), agent.llm.limits if agent is not None and agent.llm is not None else None
    included = tier.included_tokens if tier is not None else 0
    shown, month = books.in_plan_month.get(agent_id, _NOTHING), books.this_month.get(agent_id, _NOTHING)
    before, terms = books.before.get(agent_id, _NOTHING), tier.terms if tier is not None else None
    return Account(
        agent_id=agent_id,
        agent=agent,
        used=books.in_period.get(agent_id, _NOTHING),
        limits=limits,
        share=share_of(shown.plan_tokens, included, shown.overage_tokens),
        stands=standing(limits, included, month.plan_tokens, month.tokens_total, month.cost_total),
        forecast=no_more(month) if agent is None else forecast(books.course, month, before, terms),
    )


def _tier(agent: Agent | None, plans: Plans) -> Tier | None:
    """Return an agent's present plan; None without one, or when it is no longer on sale."""
    tier_id = agent.llm.tier if agent is not None and agent.llm is not None else None
    return plans.find(tier_id) if tier_id is not None else None
