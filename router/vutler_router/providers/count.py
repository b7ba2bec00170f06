"""What an answer says about itself: tokens, cost, length."""

from dataclasses import dataclass

from vutler_router.domain.usage import TokenCounts

__all__ = ["Count"]


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
