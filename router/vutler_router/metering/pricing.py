"""What an answer costs: arithmetic on whole numbers."""

from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import Final

from vutler_router.domain.money import Nanos, to_nanos
from vutler_router.domain.plans import Tier
from vutler_router.domain.usage import TokenCounts
from vutler_router.metering.prices import ModelPrice

__all__ = ["Cost", "overage_price", "price_answer"]

_MILLION: Final = 1_000_000

_MOST_USD: Final = 100_000
"""No single answer costs more."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a provider charges for one answer, in 1e-9 USD.

    Attributes:
        known: False when the model has no known price; the amounts are then zero for want of better.
    """

    input: Nanos
    output: Nanos
    known: bool = True

    @property
    def total(self) -> Nanos:
        """Input and output together, exactly."""
        return Nanos(self.input + self.output)


def price_answer(tokens: TokenCounts, price: ModelPrice | None, *, reported: Decimal | float | None = None) -> Cost:
    """Return an answer's cost.

    Args:
        tokens: What it took.
        price: The model's price, None when unknown.
        reported: The cost in USD that the provider itself states. It wins, split as the price would be; a figure that
            cannot be true (negative, absurd, no number) is as good as none.
    """
    own = _by_rates(tokens, price)
    total = _believable(reported)
    if total is None:
        return own
    share_input, share_of = (own.input, own.total) if own.total else (tokens.input, tokens.total)
    part = Nanos(total * share_input // share_of) if share_of else Nanos(0)
    return Cost(part, Nanos(total - part))


def overage_price(tier: Tier, used_before: int, tokens: int) -> Nanos:
    """Return what a plan's owner pays for further tokens: nothing for those that are still included.

    Args:
        tier: The plan.
        used_before: Tokens used this month before these.
        tokens: The further tokens.
    """
    beyond = max(used_before + tokens - tier.included_tokens, 0) - max(used_before - tier.included_tokens, 0)
    return Nanos(_per_million(beyond * tier.overage_per_million))


def _believable(reported: Decimal | float | None) -> Nanos | None:
    """Read a stated cost, unless it cannot be true."""
    if reported is None or not isfinite(reported) or not 0 <= reported <= _MOST_USD:
        return None
    return to_nanos(reported)


def _by_rates(tokens: TokenCounts, price: ModelPrice | None) -> Cost:
    if price is None:
        return Cost(Nanos(0), Nanos(0), known=False)
    rates = price.rates_for(tokens.input)
    uncached = tokens.input - tokens.cached_read - tokens.cached_write
    said = tokens.output - tokens.reasoning
    return Cost(
        Nanos(
            _per_million(
                uncached * rates.input
                + tokens.cached_read * rates.cached_read
                + tokens.cached_write * rates.cached_write
            )
        ),
        Nanos(_per_million(said * rates.output + tokens.reasoning * rates.reasoning)),
    )


def _per_million(product: int) -> int:
    """Divide tokens times price of a million by a million, half a billionth of a dollar rounding up."""
    return (product + _MILLION // 2) // _MILLION
