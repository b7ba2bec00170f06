import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.router.services.usage.conftest import PLANS
from vutler_router.domain.money import Nanos, to_nanos
from vutler_router.domain.plans import Tier
from vutler_router.services.usage.tiers import LONG_DOCUMENT, SHORT_CONVERSATION, tier_view

STARTER = PLANS.get("economy")
WORDS = ("price_in_words", "included_in_words", "overage_in_words")


def words(tier: Tier) -> tuple[Any, ...]:
    shown = tier_view(tier)
    return tuple(shown[name] for name in WORDS)


def test_the_numbers_of_the_contract_are_there() -> None:
    assert {name: value for name, value in tier_view(STARTER).items() if name not in WORDS} == {
        "id": "economy",
        "name": "Starter",
        "price_monthly": 5.0,
        "included_tokens": 2_000_000,
        "overage_per_million": 2.0,
        "description": STARTER.description,
    }


@pytest.mark.parametrize(
    ("tier", "price", "included", "overage"),
    [
        (
            "economy",
            "$5 a month",
            "About 1,500 short conversations or 200 long documents a month",
            "After that, $2 for about every 760 short conversations",
        ),
        (
            "standard",
            "$10 a month",
            "About 3,800 short conversations or 500 long documents a month",
            "After that, $3 for about every 760 short conversations",
        ),
        (
            "premium",
            "$20 a month",
            "About 7,600 short conversations or 1,000 long documents a month",
            "After that, $5 for about every 760 short conversations",
        ),
    ],
)
def test_plans_are_told_in_conversations_and_documents(tier: str, price: str, included: str, overage: str) -> None:
    assert words(PLANS.get(tier)) == (price, included, overage)


@pytest.mark.parametrize(
    ("changed", "price", "included", "overage"),
    [
        (
            replace(
                STARTER, price_monthly=to_nanos("4.5"), included_tokens=13_000, overage_per_million=to_nanos("0.25")
            ),
            "$4.50 a month",
            "About 10 short conversations or 1 long document a month",
            "After that, $0.25 for about every 760 short conversations",
        ),
        (
            replace(STARTER, price_monthly=Nanos(0), included_tokens=1_300, overage_per_million=Nanos(0)),
            "Free of charge",
            "About 1 short conversation a month",
            "After that, nothing more to pay",
        ),
        (
            replace(STARTER, included_tokens=0, overage_per_million=to_nanos("1234.005")),
            "$5 a month",
            "No conversations are included; each is paid for",
            "In all, $1,234.005 for about every 760 short conversations",
        ),
        (
            replace(STARTER, price_monthly=to_nanos("1200"), included_tokens=1_299),
            "$1,200 a month",
            "Less than one short conversation",
            "After that, $2 for about every 760 short conversations",
        ),
    ],
)
def test_the_words_follow_the_numbers(changed: Tier, price: str, included: str, overage: str) -> None:
    assert words(changed) == (price, included, overage)


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, 10**13))
def test_nobody_has_to_know_what_a_token_is(price: int, overage: int, included: int) -> None:
    tier = replace(STARTER, price_monthly=Nanos(price), included_tokens=included, overage_per_million=Nanos(overage))

    told = " ".join(words(tier)).lower()

    assert not re.search(r"token|model|million|context|prompt|gpt|claude|minimax|mistral", told)
    if included >= SHORT_CONVERSATION:
        said = int(words(tier)[1].split()[1].replace(",", ""))
        assert said * SHORT_CONVERSATION <= included < (said * 1.1 + 1) * SHORT_CONVERSATION


def test_the_descriptions_of_the_built_in_plans_agree_with_their_numbers() -> None:
    sizes = {"short conversations": SHORT_CONVERSATION, "long documents": LONG_DOCUMENT}
    for tier in PLANS:
        said = re.findall(r"([\d,]+) (short conversations|long documents)", tier.description)
        assert said, tier.id
        for number, thing in said:
            assert f"{number} {thing}" in str(tier_view(tier)["included_in_words"])
            assert int(number.replace(",", "")) * sizes[thing] <= tier.included_tokens
        assert not re.search(r"token|gpt|claude|minimax|mistral", tier.description.lower())
