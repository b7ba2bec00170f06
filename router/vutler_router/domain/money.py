"""Money as whole numbers of 1e-9 USD, so that a million rows add up exactly."""

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Final, NewType

__all__ = ["NANOS_PER_USD", "Nanos", "to_nanos", "to_usd"]

Nanos = NewType("Nanos", int)
"""An amount in 1e-9 USD."""

NANOS_PER_USD: Final = 1_000_000_000


def to_nanos(usd: Decimal | float | str) -> Nanos:
    """Read an amount of USD exactly as it is written; a float counts as its shortest decimal form.

    Raises:
        ValueError: It is no finite number.
    """
    try:
        amount = Decimal(str(usd))
    except InvalidOperation:
        raise ValueError("must be a decimal number") from None
    if not amount.is_finite():
        raise ValueError("must be a finite number")
    return Nanos(int((amount * NANOS_PER_USD).to_integral_value(rounding=ROUND_HALF_EVEN)))


def to_usd(nanos: int) -> float:
    """Return USD for JSON, where numbers are decimal; exact to 1e-9 below about four million USD."""
    return nanos / NANOS_PER_USD
