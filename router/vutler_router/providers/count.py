"""What an answer says about itself: tokens, cost, length."""

from dataclasses import dataclass
from typing import Final

from vutler_router.domain.usage import TokenCounts

__all__ = ["Count", "read_cost"]

_MOST_USD: Final = 1e6
"""No answer costs more; a provider that says so is wrong."""


@dataclass(frozen=True, slots=True)
class Count:
    """What was counted in one answer.

    Attributes:
        usage: The provider's counts, the last ones it gave; None when it gave none.
        cost: What the provider says it cost, in USD.
        characters: How much text passed, for an estimate where there are no counts.
        whole: Whether `usage` counts all of the answer; if not, its output is what was known at the beginning.
    """

    usage: TokenCounts | None = None
    cost: float | None = None
    characters: int = 0
    whole: bool = True


def read_cost(usage: object) -> float | None:
    """Return the cost that OpenRouter states in its `usage`, in USD."""
    cost = usage.get("cost") if isinstance(usage, dict) else None
    return float(cost) if isinstance(cost, int | float) and 0 <= cost < _MOST_USD else None
