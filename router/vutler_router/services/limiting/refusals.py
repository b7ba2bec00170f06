"""What an agent is told when a limit stops it: which one, its value, and what to do.

OpenClaw reads the text of failures and gives a model up for minutes on words like those for money or rights, and on
the numbers 401 to 403 (see `wire/agent_words`). So the sentences name neither the agent nor its LLMConfig, whose names
may hold anything, and spell those three numbers as sums.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from math import ceil
from types import MappingProxyType
from typing import Final

from vutler_router.domain.llm import LlmSettings
from vutler_router.domain.money import NANOS_PER_USD
from vutler_router.errors import LimitExceeded
from vutler_router.fairuse.admission import THROTTLED_REQUESTS, Refusal
from vutler_router.fairuse.months import month_bounds
from vutler_router.fairuse.rules import LimitName

__all__ = ["limit_exceeded"]

_CODES: Final[Mapping[LimitName, str]] = MappingProxyType(
    {
        LimitName.REQUESTS_PER_MINUTE: "requests_per_minute_exceeded",
        LimitName.TOKENS_PER_MINUTE: "tokens_per_minute_exceeded",
        LimitName.CONCURRENCY: "concurrency_exceeded",
        LimitName.MONTHLY_TOKENS: "monthly_tokens_exceeded",
        LimitName.MONTHLY_COST: "monthly_cost_exceeded",
        LimitName.PLAN: "plan_exceeded",
    }
)

_MISREAD: Final = re.compile(r"\b40([123])\b")


def limit_exceeded(refusal: Refusal, llm: LlmSettings) -> LimitExceeded:
    """Return the error for a refused request of an agent with these settings."""
    return LimitExceeded(_message(refusal, llm), code=_CODES[refusal.limit], retry_after=refusal.wait)


def _message(refusal: Refusal, llm: LlmSettings) -> str:
    bound, wait = _number(refusal.bound), f"{_number(ceil(refusal.wait))} s"
    remedy = _remedy(refusal.limit, llm)
    match refusal.limit:
        case LimitName.REQUESTS_PER_MINUTE:
            reached = f"This agent may start {bound} requests a minute (requestsPerMinute) and has."
        case LimitName.TOKENS_PER_MINUTE:
            reached = f"This agent may use {bound} tokens a minute (tokensPerMinute); they are used or reserved."
        case LimitName.CONCURRENCY:
            reached = f"This agent may have {bound} requests under way at once (concurrency) and has."
        case LimitName.MONTHLY_TOKENS | LimitName.MONTHLY_COST | LimitName.PLAN:
            return _monthly(refusal, remedy, wait)
    return f"{reached} Try again in {wait}, or {remedy}."


def _monthly(refusal: Refusal, remedy: str, wait: str) -> str:
    """Say since when a month's limit is reached and how long it lasts."""
    amount = _amount(refusal)
    if refusal.since is None:
        return f"Requests under way may use the rest of this agent's {amount}. Try again in {wait}, or {remedy}."
    reached = f"This agent's {amount} are used up since {_moment(refusal.since)}"
    if refusal.throttled:
        return f"{reached}; it now gets {THROTTLED_REQUESTS} requests a minute. Try again in {wait}, or {remedy}."
    return f"{reached}. Wait until {_moment(month_bounds(refusal.month)[1])}, or {remedy}."


def _amount(refusal: Refusal) -> str:
    """Say how much of what there is in the month."""
    is_money = refusal.limit is LimitName.MONTHLY_COST
    amount = _money(refusal.bound) if is_money else f"{_number(refusal.bound)} tokens"
    name = "its plan" if refusal.limit is LimitName.PLAN else refusal.limit.value
    return f"{amount} for {_month(refusal.month)} ({name})"


def _remedy(limit: LimitName, llm: LlmSettings) -> str:
    """Say what to change, and where."""
    where = "in its LLMConfig" if llm.source is not None else "with PUT llm-config"
    if limit is LimitName.PLAN:
        return f"choose a bigger plan or another onExceeded {where}"
    bigger = ", or choose a bigger plan" if llm.managed and limit is LimitName.MONTHLY_TOKENS else ""
    return f"raise {limit.value} {where}{bigger}"


def _number(value: int) -> str:
    return _MISREAD.sub(r"400+\1", str(value))


def _money(nanos: int) -> str:
    """Write an amount of USD, or in cents where the dollars would be misread."""
    text = f"${nanos / NANOS_PER_USD:.2f}"
    return f"{nanos * 100 / NANOS_PER_USD:.0f} cents" if _MISREAD.search(text) else text


def _month(name: str) -> str:
    return datetime.fromtimestamp(month_bounds(name)[0], UTC).strftime("%B %Y")


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
