"""The plans in words for people who need not know how models count."""

from math import floor, log10
from typing import Final

from vutler_router.domain.llm_json import JsonObject
from vutler_router.domain.money import NANOS_PER_USD, to_usd
from vutler_router.domain.plans import Tier

__all__ = ["LONG_DOCUMENT", "SHORT_CONVERSATION", "tier_view"]

SHORT_CONVERSATION: Final = 1_300
"""Tokens of a short conversation: about 1,000 words of question and answer; a token is about three quarters of an
English word (https://help.openai.com/en/articles/4936856)."""

LONG_DOCUMENT: Final = 10_000
"""Tokens of a long document that is read or written: about 7,500 words, some fifteen pages."""

_MILLION: Final = 1_000_000
_CENT: Final = NANOS_PER_USD // 100


def tier_view(tier: Tier) -> JsonObject:
    """Show a plan; money in USD. The words follow from the numbers."""
    return {
        "id": tier.id,
        "name": tier.name,
        "price_monthly": to_usd(tier.price_monthly),
        "included_tokens": tier.included_tokens,
        "overage_per_million": to_usd(tier.overage_per_million),
        "description": tier.description,
        "price_in_words": _price(tier.price_monthly),
        "included_in_words": _included(tier.included_tokens),
        "overage_in_words": _overage(tier),
    }


def _price(monthly: int) -> str:
    return f"{_dollars(monthly)} a month" if monthly else "Free of charge"


def _included(tokens: int) -> str:
    """Say what a month's price covers."""
    if tokens < SHORT_CONVERSATION:
        return "No conversations are included; each is paid for" if tokens == 0 else "Less than one short conversation"
    documents = f" or {_about(tokens // LONG_DOCUMENT, 'long document')}" if tokens >= LONG_DOCUMENT else ""
    return f"About {_about(tokens // SHORT_CONVERSATION, 'short conversation')}{documents} a month"


def _overage(tier: Tier) -> str:
    """Say what comes after that."""
    begin = "After that" if tier.included_tokens else "In all"
    if not tier.overage_per_million:
        return f"{begin}, nothing more to pay"
    conversations = _about(_MILLION // SHORT_CONVERSATION, "short conversation")
    return f"{begin}, {_dollars(tier.overage_per_million)} for about every {conversations}"


def _about(count: int, thing: str) -> str:
    """Write a number of things, rounded down to two digits: more would promise too much."""
    unit = 10 ** max(floor(log10(count)) - 1, 0)
    return f"{count // unit * unit:,} {thing}{'s' if count != 1 else ''}"


def _dollars(nanos: int) -> str:
    """Write an amount as people do: $5, $4.50, and no digit less than it has."""
    if nanos % NANOS_PER_USD == 0:
        return f"${nanos // NANOS_PER_USD:,}"
    if nanos % _CENT == 0:
        return f"${nanos // NANOS_PER_USD:,}.{nanos % NANOS_PER_USD // _CENT:02}"
    return f"${nanos // NANOS_PER_USD:,}." + f"{nanos % NANOS_PER_USD:09}".rstrip("0")
