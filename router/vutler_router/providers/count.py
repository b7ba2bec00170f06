"""What an answer says about itself: tokens, cost, length."""

from collections.abc import Mapping
from dataclasses import dataclass

from vutler_router.domain.usage import TokenCounts

_MOST_USD = 1e6
"""No answer costs more; a provider that says so is wrong."""

__all__ = ["Count", "count_of", "read_cost", "read_usage"]


@dataclass(frozen=True, slots=True)
class Count:
    """What was counted in one answer.

    Attributes:
        usage: The provider's counts, the last ones it gave; None when it gave none.
        cost: What the provider says it cost, in USD.
        characters: How much text passed, for an estimate where there are no counts.
    """

    usage: TokenCounts | None = None
    cost: float | None = None
    characters: int = 0


def count_of(answer: Mapping[str, object]) -> Count:
    """Read the counts of an unstreamed answer."""
    usage = answer.get("usage")
    return Count(read_usage(usage), read_cost(usage), _spoken(answer.get("choices")))


def read_usage(usage: object) -> TokenCounts | None:
    """Return the counts of a `usage` object; None when it is none."""
    if not isinstance(usage, dict) or not isinstance(usage.get("prompt_tokens"), int):
        return None
    return TokenCounts(
        input=_number(usage, "prompt_tokens"),
        output=_number(usage, "completion_tokens"),
        cached_read=_number(usage.get("prompt_tokens_details"), "cached_tokens"),
        reasoning=_number(usage.get("completion_tokens_details"), "reasoning_tokens"),
    ).clamped()


def read_cost(usage: object) -> float | None:
    """Return the cost that OpenRouter states in its `usage`, in USD."""
    cost = usage.get("cost") if isinstance(usage, dict) else None
    return float(cost) if isinstance(cost, int | float) and 0 <= cost < _MOST_USD else None


def _number(holder: object, name: str) -> int:
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, int) else 0


def _spoken(choices: object) -> int:
    messages = (
        [choice.get("message") for choice in choices if isinstance(choice, dict)] if isinstance(choices, list) else []
    )
    texts = [message.get("content") for message in messages if isinstance(message, dict)]
    return sum(len(text) for text in texts if isinstance(text, str))
