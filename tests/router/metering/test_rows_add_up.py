from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.router_values import make_entry
from vutler_router.domain.usage import TokenCounts
from vutler_router.metering.ledger import Entry
from vutler_router.metering.totals import DayKey, Sums, sum_by_day

COUNT = st.integers(min_value=0, max_value=10**6)
ENTRIES = st.lists(
    st.builds(
        lambda number, tokens, agent, tier, cost: make_entry(
            f"r{number}", tokens=tokens, agent_id=agent, tier=tier, cost_input=cost
        ),
        COUNT,
        st.builds(TokenCounts, COUNT, COUNT),
        st.sampled_from(["team-a.ava", "team-a.bob"]),
        st.sampled_from(["", "economy"]),
        COUNT,
    ),
    max_size=12,
)


@given(ENTRIES, ENTRIES)
def test_sums_do_not_depend_on_how_rows_are_cut_into_batches(one: list[Entry], other: list[Entry]) -> None:
    whole, first, second = sum_by_day([*one, *other]), sum_by_day(one), sum_by_day(other)

    parts = {key: first.get(key, Sums()) + second.get(key, Sums()) for key in first.keys() | second.keys()}
    assert parts == whole


def test_a_row_belongs_to_its_day_agent_model_plan_category_and_kind() -> None:
    ((key, sums),) = sum_by_day([make_entry("r", tier="economy", category="code")]).items()

    assert key == DayKey(key.day, "team-a.ava", "team-a", "openai", "gpt-4o-mini", "economy", "code", "chat", "")
    assert key.day.isoformat() == "2026-11-18"
    assert (sums.requests, sums.tokens_total, sums.plan_tokens) == (1, 120, 120)


def test_overage_and_corrections_are_added_up() -> None:
    impossible = TokenCounts(input=10, cached_read=11).clamped()
    beyond = replace(make_entry("1", tier="economy", tokens=impossible), overage_tokens=7, price_total=14)

    sums = Sums.of([beyond, beyond, make_entry("2")])

    assert (sums.overage_tokens, sums.price_total, sums.corrected) == (14, 28, 2)


def test_compared_models_have_totals_of_their_own() -> None:
    one, other, neither = (replace(make_entry(name), variant=name) for name in ("a", "b", ""))

    assert [key.variant for key in sum_by_day([one, other, neither, one])] == ["a", "b", ""]


@pytest.mark.parametrize(
    ("strongest", "priced", "saved"),
    [(100_000, True, 73_000), (27_000, True, 0), (20_000, True, -7_000), (0, True, 0), (100_000, False, 0)],
)
def test_what_was_saved_is_known_where_both_costs_are(*, strongest: int, priced: bool, saved: int) -> None:
    row = replace(make_entry("1", priced=priced), cost_strongest=strongest)

    assert row.saved == saved
    assert Sums.of([row, row, make_entry("2")]).saved == 2 * saved


def test_errors_time_and_what_routing_took_are_added_up() -> None:
    row = replace(make_entry("1"), latency_ms=200, cost_estimated=9, classification_cost=7, classification_ms=3)
    rows = [replace(row, status=status) for status in ("ok", "error", "cancelled", "error")]

    sums = Sums.of(rows)

    assert (sums.errors, sums.latency_ms, sums.cost_estimated) == (2, 800, 36)
    assert (sums.classification_cost, sums.classification_ms, sums.cost_total) == (28, 12, 4 * 27_000)
