"""What of an agent's limits is enforced: limits and plan as one value that admission can decide by."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from vutler_router.domain.limits import Limits, OnExceeded
from vutler_router.domain.llm import LlmSettings
from vutler_router.domain.plans import Plans, Tier

__all__ = ["Budget", "LimitName", "Rules", "build_rules"]


class LimitName(StrEnum):
    """Every limit, by the CRD's name; `plan` is what a plan's price covers in a month."""

    REQUESTS_PER_MINUTE = "requestsPerMinute"
    TOKENS_PER_MINUTE = "tokensPerMinute"
    CONCURRENCY = "concurrency"
    MONTHLY_TOKENS = "monthlyTokens"
    MONTHLY_COST = "monthlyCost"
    PLAN = "plan"


@dataclass(frozen=True, slots=True)
class Budget:
    """A monthly limit: which one, and how much of it there is in a month (tokens, or 1e-9 USD)."""

    name: LimitName
    bound: int


@dataclass(frozen=True, slots=True)
class Rules:
    """What one agent's requests are held to; None is unbounded.

    Attributes:
        requests_per_minute: Requests started in any minute.
        tokens_per_minute: Tokens used in any minute.
        concurrency: Requests under way at once.
        budgets: The monthly limits that change something when they are reached; empty where they are only noted.
        action: What then happens to a request.
        cheaper_tier: The plan that answers then, where `action` is Downgrade.
        on_plan: Whether the agent's tokens count towards a plan.
    """

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    concurrency: int | None = None
    budgets: tuple[Budget, ...] = ()
    action: OnExceeded = OnExceeded.LOG
    cheaper_tier: str | None = None
    on_plan: bool = False


def build_rules(llm: LlmSettings | None, plans: Plans) -> Rules | None:
    """Return what is enforced of an agent's settings, or None when nothing is.

    Log enforces no monthly limit. Neither does Downgrade where there is nothing cheaper: on the cheapest plan, and on a
    user's own keys.
    """
    if llm is None or llm.limits is None:
        return None
    limits = llm.limits
    tier = plans.find(llm.tier) if llm.tier is not None else None
    cheaper = _next_cheaper(tier, plans) if limits.on_exceeded is OnExceeded.DOWNGRADE else None
    enforced = limits.on_exceeded in {OnExceeded.THROTTLE, OnExceeded.BLOCK} or cheaper is not None
    budgets = tuple(_budgets(limits, tier)) if enforced else ()
    rates = limits.requests_per_minute, limits.tokens_per_minute, limits.concurrency
    if not budgets and rates == (None, None, None):
        return None
    return Rules(*rates, budgets, limits.on_exceeded, cheaper, on_plan=llm.managed)


def _budgets(limits: Limits, tier: Tier | None) -> Iterator[Budget]:
    if limits.monthly_tokens is not None:
        yield Budget(LimitName.MONTHLY_TOKENS, limits.monthly_tokens)
    if limits.monthly_cost is not None:
        yield Budget(LimitName.MONTHLY_COST, limits.monthly_cost)
    if tier is not None and tier.included_tokens:
        yield Budget(LimitName.PLAN, tier.included_tokens)


def _next_cheaper(tier: Tier | None, plans: Plans) -> str | None:
    """Return the dearest of the plans that cost less."""
    if tier is None:
        return None
    cheaper = [other for other in plans if other.price_monthly < tier.price_monthly]
    return max(cheaper, key=lambda other: other.price_monthly).id if cheaper else None
