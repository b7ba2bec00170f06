"""Which thresholds of its plan and budgets an agent has passed; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from vutler_router.domain.agent import Agent
from vutler_router.domain.alert_store import Alert, AlertKind
from vutler_router.domain.plans import Plans
from vutler_router.metering.totals import Sums

__all__ = ["ALL", "Bound", "bounds_of", "find_passed", "is_over_plan"]

ALL: Final = 100
"""Per cent. It is always one of the thresholds: that nothing is left is told in any case."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A plan or budget: which, and how large (tokens, or 1e-9 USD)."""

    kind: AlertKind
    limit: int

    def used(self, sums: Sums) -> int:
        """Return what of a month's use counts towards it."""
        match self.kind:
            case AlertKind.PLAN:
                return sums.plan_tokens
            case AlertKind.MONTHLY_TOKENS:
                return sums.tokens_total
            case AlertKind.MONTHLY_COST:
                return sums.cost_total


def bounds_of(agent: Agent, plans: Plans) -> tuple[Bound, ...]:
    """Return an agent's plan and budgets; a plan that covers nothing has no thresholds."""
    return tuple(bound for bound in _bounds(agent, plans) if bound.limit > 0)


def find_passed(
    agent: Agent, bounds: Sequence[Bound], sums: Sums, thresholds: Sequence[int], *, month: str, now: datetime
) -> Iterator[Alert]:
    """Yield an alert for every threshold that a month's use has reached; a jump over several passes each.

    Args:
        agent: Whose use it is.
        bounds: Its plan and budgets.
        sums: What it used in the month.
        thresholds: Per cent.
        month: `2026-11`.
        now: In whole milliseconds.
    """
    for bound in bounds:
        used = bound.used(sums)
        for threshold in sorted({*thresholds, ALL}):
            if used * ALL >= bound.limit * threshold:
                yield Alert(
                    month=month,
                    agent_id=agent.id,
                    workspace_id=agent.workspace_id,
                    kind=bound.kind,
                    threshold=threshold,
                    percent=used * 1000 // bound.limit / 10,
                    used=used,
                    limit=bound.limit,
                    raised_at=now,
                )


def is_over_plan(bounds: Sequence[Bound], sums: Sums) -> bool:
    """Say whether nothing is left of the plan."""
    return any(bound.kind is AlertKind.PLAN and bound.used(sums) >= bound.limit for bound in bounds)


def _bounds(agent: Agent, plans: Plans) -> Iterator[Bound]:
    if agent.llm is None:
        return
    tier = plans.find(agent.llm.tier) if agent.llm.tier is not None else None
    if tier is not None:
        yield Bound(AlertKind.PLAN, tier.included_tokens)
    if agent.llm.limits is not None:
        yield Bound(AlertKind.MONTHLY_TOKENS, agent.llm.limits.monthly_tokens or 0)
        yield Bound(AlertKind.MONTHLY_COST, agent.llm.limits.monthly_cost or 0)
