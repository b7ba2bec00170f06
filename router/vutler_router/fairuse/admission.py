"""Whether a request may begin."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor
from typing import Final

from vutler_router.domain.limits import OnExceeded
from vutler_router.fairuse.months import month_bounds
from vutler_router.fairuse.rules import Budget, LimitName, Rules
from vutler_router.fairuse.use import AgentUse, Held

__all__ = ["THROTTLED_REQUESTS", "Admitted", "Refusal", "admit"]

THROTTLED_REQUESTS: Final = 6
"""Requests a minute beyond a monthly limit with Throttle: a conversation goes on, a loop does not."""

_SOON: Final = 2.0
"""Seconds after which to try again where only the end of a request under way makes room."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request that may begin.

    Attributes:
        use: The state with its reservation.
        second: When it began, in whole seconds since 1970.
        tokens: What is reserved for it.
        cost: The same in 1e-9 USD.
        tier: The cheaper plan that answers it; None for the agent's own models.
    """

    use: AgentUse
    second: int
    tokens: int
    cost: int
    tier: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that may not.

    Attributes:
        limit: Which limit is reached.
        bound: Its value; of a monthly limit in tokens or 1e-9 USD.
        wait: Seconds until trying again makes sense.
        month: The month it is for, where it is a monthly one.
        since: Since when it is reached, in seconds since 1970; None where only what is reserved reaches it.
        throttled: Whether some requests a minute still get through.
    """

    limit: LimitName
    bound: int
    wait: float
    month: str = ""
    since: int | None = None
    throttled: bool = False


def admit(use: AgentUse, rules: Rules, holder: str, tokens: int, now: float) -> Admitted | Refusal:
    """Decide on one request and reserve what it will use.

    It may begin while what is used and what is reserved are below each limit, so a limit is overshot by no more than
    what is under way. Of several limits that are reached the one that lasts longest is named.

    What a request will cost is expected from what the agent's tokens of this month have cost; the first request of a
    month is expected to cost nothing.

    Args:
        use: The agent's state as `AgentUse.at` gives it for `now`.
        rules: What is enforced.
        holder: The router process that asks.
        tokens: What the request is expected to use.
        now: Seconds since 1970.
    """
    reserved = use.reserved
    passed = tuple(budget for budget in rules.budgets if _reaches(budget, use, reserved))
    refusals = [*_rate_refusals(use, rules, reserved, now), *_monthly_refusals(use, rules, passed, now)]
    if refusals:
        return max(refusals, key=lambda refusal: refusal.wait)
    spent = use.month.spent
    cost = spent.cost * tokens // spent.tokens if spent.tokens else 0
    second = floor(now)
    holders = {**use.holders, holder: use.held_by(holder).plus(1, tokens, cost)}
    admitted = AgentUse(use.minute.plus({second: (1, 0)}), use.month, holders)
    return Admitted(admitted, second, tokens, cost, rules.cheaper_tier if passed else None)


def _reaches(budget: Budget, use: AgentUse, reserved: Held) -> bool:
    underway = reserved.cost if budget.name is LimitName.MONTHLY_COST else reserved.tokens
    return use.month.used(budget) + underway >= budget.bound


def _rate_refusals(use: AgentUse, rules: Rules, reserved: Held, now: float) -> Iterator[Refusal]:
    bound = rules.concurrency
    if bound is not None and reserved.requests >= bound:
        yield Refusal(LimitName.CONCURRENCY, bound, _SOON)
    bound = rules.requests_per_minute
    if bound is not None and use.minute.requests >= bound:
        yield Refusal(LimitName.REQUESTS_PER_MINUTE, bound, use.minute.wait_for_requests(bound, now) or _SOON)
    bound = rules.tokens_per_minute
    if bound is not None and use.minute.tokens + reserved.tokens >= bound:
        wait = use.minute.wait_for_tokens(bound - reserved.tokens, now)
        yield Refusal(LimitName.TOKENS_PER_MINUTE, bound, wait or _SOON)


def _monthly_refusals(use: AgentUse, rules: Rules, passed: tuple[Budget, ...], now: float) -> Iterator[Refusal]:
    """Refuse what Block and Throttle say; Downgrade refuses nothing."""
    for budget in passed:
        since = use.month.since(budget)
        if rules.action is OnExceeded.BLOCK:
            wait = month_bounds(use.month.name)[1] - now if use.month.used(budget) >= budget.bound else _SOON
            yield Refusal(budget.name, budget.bound, wait, use.month.name, since)
        elif rules.action is OnExceeded.THROTTLE and use.minute.requests >= THROTTLED_REQUESTS:
            wait = use.minute.wait_for_requests(THROTTLED_REQUESTS, now) or _SOON
            yield Refusal(budget.name, budget.bound, wait, use.month.name, since, throttled=True)
