from dataclasses import replace

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

    assert key == DayKey(key.day, "team-a.ava", "team-a", "openai", "gpt-4o-mini", "economy", "code", "chat")
    assert key.day.isoformat() == "2026-11-18"
    assert (sums.requests, sums.tokens_total, sums.plan_tokens) == (1, 120, 120)


def test_overage_and_corrections_are_added_up() -> None:
    impossible = TokenCounts(input=10, cached_read=11).clamped()
    beyond = replace(make_entry("1", tier="economy", tokens=impossible), overage_tokens=7, price_total=14)

    sums = Sums.of([beyond, beyond, make_entry("2")])

    assert (sums.overage_tokens, sums.price_total, sums.corrected) == (14, 28, 2)
