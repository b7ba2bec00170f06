import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vutler_router.domain.money import Nanos
from vutler_router.domain.plans import PlanTerms, load_plans
from vutler_router.domain.usage import TokenCounts
from vutler_router.metering.prices import FREE, ModelPrice, Rates, load_prices
from vutler_router.metering.pricing import overage_price, price_answer, tokens_beyond

COUNT = st.integers(min_value=0, max_value=10**7)
RATE = st.integers(min_value=0, max_value=10**12).map(Nanos)
COUNTS = st.builds(TokenCounts, COUNT, COUNT, COUNT, COUNT, COUNT).map(TokenCounts.clamped)
PRICES = st.builds(ModelPrice, st.builds(Rates, RATE, RATE, RATE, RATE, RATE))
MINI = load_prices().find("openai", "gpt-4o-mini")
ECONOMY = load_plans().get("economy").terms
TERMS = st.builds(PlanTerms, st.integers(min_value=0, max_value=10**7), RATE)


def test_a_known_model_costs_what_its_provider_publishes() -> None:
    cost = price_answer(TokenCounts(input=1_000_000, output=1_000_000), MINI)

    assert (cost.input, cost.output, cost.total) == (150_000_000, 600_000_000, 750_000_000)


def test_cached_input_and_reasoning_have_their_own_prices() -> None:
    rates = Rates(*(Nanos(price * 1_000_000) for price in (100, 200, 10, 125, 300)))

    cost = price_answer(TokenCounts(10, 8, cached_read=4, cached_write=1, reasoning=3), ModelPrice(rates))

    assert (cost.input, cost.output) == (5 * 100 + 4 * 10 + 1 * 125, 5 * 200 + 3 * 300)


@given(COUNTS, PRICES)
def test_input_and_output_add_up_to_the_total(tokens: TokenCounts, price: ModelPrice) -> None:
    cost = price_answer(tokens, price)

    assert cost.total == cost.input + cost.output
    assert min(cost.input, cost.output) >= 0


@given(COUNTS, RATE)
def test_a_uniform_price_is_the_price_of_all_tokens_within_rounding(tokens: TokenCounts, rate: Nanos) -> None:
    cost = price_answer(tokens, ModelPrice(Rates(rate, rate, rate, rate, rate)))

    assert abs(cost.total * 1_000_000 - tokens.total * rate) <= 1_000_000


@given(COUNTS, st.none() | PRICES, st.decimals(min_value=0, max_value=1000, places=9))
def test_the_providers_own_figure_wins_to_the_last_digit(
    tokens: TokenCounts, price: ModelPrice | None, reported: Decimal
) -> None:
    cost = price_answer(tokens, price, reported=reported)

    assert cost.known
    assert cost.total == int(reported * 10**9)
    assert min(cost.input, cost.output) >= 0


@pytest.mark.parametrize("absurd", [-0.01, 1e300, float("nan"), float("inf")])
def test_a_figure_that_cannot_be_true_is_as_good_as_none(absurd: float) -> None:
    tokens = TokenCounts(input=1_000)

    assert price_answer(tokens, MINI, reported=absurd) == price_answer(tokens, MINI)


def test_an_unknown_model_is_flagged_and_not_called_free() -> None:
    assert load_prices().find("openai", "gpt-99") is None
    assert not price_answer(TokenCounts(1, 1), None).known
    assert price_answer(TokenCounts(1, 1), FREE).known


def test_long_requests_cost_more_where_the_provider_says_so() -> None:
    price = load_prices().find("anthropic", "claude-sonnet-4-5")

    short = price_answer(TokenCounts(input=200_000), price)
    long = price_answer(TokenCounts(input=200_001), price)

    assert (short.total, long.total) == (600_000_000, 1_200_006_000)


@given(TERMS, st.lists(st.integers(min_value=0, max_value=3_000_000), max_size=20))
def test_overage_is_the_same_to_the_last_digit_however_use_is_cut(terms: PlanTerms, pieces: list[int]) -> None:
    used, tokens, price = 0, 0, 0
    for piece in pieces:
        tokens += tokens_beyond(terms, used, piece)
        price += overage_price(terms, used, piece)
        used += piece

    assert tokens == max(used - terms.included_tokens, 0)
    assert price == overage_price(terms, 0, used)
    assert abs(price * 1_000_000 - tokens * terms.overage_per_million) <= 500_000


def test_further_tokens_cost_what_the_plan_says() -> None:
    assert overage_price(ECONOMY, 1_500_000, 1_000_000) == 500_000 * 2_000
    assert tokens_beyond(ECONOMY, 1_500_000, 1_000_000) == 500_000


@pytest.mark.parametrize("used_before", [0, 1_999_999])
def test_included_tokens_are_not_charged_again(used_before: int) -> None:
    assert overage_price(ECONOMY, used_before, 1) == 0
    assert tokens_beyond(ECONOMY, used_before, 1) == 0


def test_the_rates_are_kept_beside_the_cost() -> None:
    rates = Rates(*(Nanos(price) for price in (100, 200, 10, 125, 300)))

    cost = price_answer(TokenCounts(1, 1), ModelPrice(rates))

    assert cost.snapshot == '{"input":100,"output":200,"cached_read":10,"cached_write":125,"reasoning":300}'


def test_the_rates_of_long_requests_are_kept_as_such() -> None:
    price = load_prices().find("anthropic", "claude-sonnet-4-5")

    short, long = (json.loads(price_answer(TokenCounts(input=tokens), price).snapshot) for tokens in (200_000, 200_001))

    assert (short["input"], "long" in short) == (3_000_000_000, False)
    assert (long["input"], long["long"]) == (6_000_000_000, True)


def test_it_is_kept_whether_the_provider_stated_the_cost() -> None:
    priced = price_answer(TokenCounts(1, 1), MINI)
    known, unknown = price_answer(TokenCounts(1, 1), MINI, reported=1), price_answer(TokenCounts(), None, reported=1)

    assert json.loads(known.snapshot) == {**json.loads(priced.snapshot), "reported": True}
    assert json.loads(unknown.snapshot) == {"reported": True}


def test_nothing_is_kept_of_a_cost_that_nobody_knows() -> None:
    assert price_answer(TokenCounts(1, 1), None).snapshot == ""


def test_rates_are_written_down_once_for_all_requests_of_a_model() -> None:
    snapshots = {id(price_answer(TokenCounts(number, 1), MINI).snapshot) for number in range(100)}

    assert len(snapshots) == 1
