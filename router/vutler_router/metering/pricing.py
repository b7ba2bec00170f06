"""What an answer costs: arithmetic on whole numbers."""

import json
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import Final

from vutler_router.domain.money import Nanos, to_nanos
from vutler_router.domain.plans import PlanTerms
from vutler_router.domain.usage import TokenCounts
from vutler_router.metering.prices import ModelPrice, Rates

__all__ = ["Cost", "overage_price", "price_answer", "tokens_beyond"]

_MILLION: Final = 1_000_000

_MOST_USD: Final = 100_000
"""No single answer costs more."""

_SNAPSHOTS_KEPT: Final = 4_096
"""More than there are models with a price."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a provider charges for one answer, in 1e-9 USD.

    Attributes:
        known: False when the model has no known price; the amounts are then zero for want of better.
        snapshot: The rates it was found with, as JSON, to be kept beside it: 1e-9 USD for a million tokens each
            (`input`, `output`, `cached_read`, `cached_write`, `reasoning`), with `"long": true` when they are those of
            long requests and `"reported": true` when the provider's own figure won. Empty when the cost is unknown.
    """

    input: Nanos
    output: Nanos
    known: bool = True
    snapshot: str = ""

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
    return Cost(part, Nanos(total - part), snapshot=_snapshot_of(tokens, price, "reported"))


def tokens_beyond(terms: PlanTerms, used_before: int, tokens: int) -> int:
    """Return how many of these tokens are beyond what a plan includes.

    Args:
        terms: The plan's.
        used_before: Tokens used this month before these.
        tokens: The further tokens.
    """
    included = terms.included_tokens
    return max(used_before + tokens - included, 0) - max(used_before - included, 0)


def overage_price(terms: PlanTerms, used_before: int, tokens: int) -> Nanos:
    """Return what a plan's owner pays for further tokens: nothing for those that are still included.

    It is the price of all overage up to here less that of all before, so that the pieces of a month add up to the
    month's price to the last digit, however it is cut.

    Args:
        terms: The plan's.
        used_before: Tokens used this month before these.
        tokens: The further tokens.
    """
    rate, all_before = terms.overage_per_million, max(used_before - terms.included_tokens, 0)
    all_now = all_before + tokens_beyond(terms, used_before, tokens)
    return Nanos(_per_million(all_now * rate) - _per_million(all_before * rate))


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
        snapshot=_snapshot_of(tokens, price),
    )


def _snapshot_of(tokens: TokenCounts, price: ModelPrice | None, *notes: str) -> str:
    if price is None:
        return _snapshot(None, *notes)
    if price.is_long(tokens.input):
        return _snapshot(price.long_rates, "long", *notes)
    return _snapshot(price.rates, *notes)


@lru_cache(_SNAPSHOTS_KEPT)
def _snapshot(rates: Rates | None, *notes: str) -> str:
    """Write down rates and what is to be known of them; once for all requests that are priced alike."""
    said = {**(asdict(rates) if rates is not None else {}), **dict.fromkeys(notes, True)}
    return json.dumps(said, separators=(",", ":"))


def _per_million(product: int) -> int:
    """Divide tokens times price of a million by a million, half a billionth of a dollar rounding up."""
    return (product + _MILLION // 2) // _MILLION
