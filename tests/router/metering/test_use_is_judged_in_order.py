from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.router_values import NOON, make_entry
from vutler_router.domain.money import Nanos
from vutler_router.domain.plans import PlanTerms
from vutler_router.domain.usage import TokenCounts
from vutler_router.metering.ledger import Entry
from vutler_router.metering.overage import AgentMonth, Overage, judged, month_of, overages_of, plan_use

AVA = "team-a.ava"
NOVEMBER = AgentMonth(AVA, "2026-11")
TERMS = PlanTerms(included_tokens=100, overage_per_million=Nanos(2_000_000_000))
ENTRIES = st.lists(
    st.builds(
        lambda agent, tokens, tier, terms, days: make_entry(
            "r", agent_id=agent, tokens=TokenCounts(tokens), tier=tier, terms=terms, timestamp=NOON + timedelta(days)
        ),
        st.sampled_from([AVA, "team-a.bob"]),
        st.integers(0, 80),
        st.sampled_from(["", "economy", "premium"]),
        st.none() | st.builds(PlanTerms, st.integers(0, 200), st.integers(0, 10**10).map(Nanos)),
        st.integers(0, 20),
    ),
    max_size=20,
)


def use(tokens: int, *, tier: str = "economy", agent: str = AVA) -> Entry:
    return make_entry("r", tokens=TokenCounts(tokens, 0), tier=tier, terms=TERMS, agent_id=agent)


def test_a_row_is_judged_by_what_was_used_before_it() -> None:
    rows = judged([use(60), use(60), use(10)], {NOVEMBER: 0})

    assert [(row.overage_tokens, row.price_total) for row in rows] == [(0, 0), (20, 40_000), (10, 20_000)]


def test_a_row_that_says_so_already_is_left_as_it_is() -> None:
    rows = judged([use(60), use(60)], {NOVEMBER: 0})

    assert [again is row for again, row in zip(judged(rows, {NOVEMBER: 0}), rows, strict=True)] == [True, True]


def test_what_a_row_said_before_does_not_count() -> None:
    (row,) = judged([replace(use(60), overage_tokens=5, price_total=7)], {})

    assert (row.overage_tokens, row.price_total) == (0, 0)


@given(ENTRIES, st.data())
def test_it_does_not_matter_how_rows_are_cut_into_batches(entries: list[Entry], data: st.DataObject) -> None:
    whole = judged(entries, {})

    cut: list[Entry] = []
    used: dict[AgentMonth, int] = {}
    while len(cut) < len(entries):
        piece = entries[len(cut) : len(cut) + data.draw(st.integers(1, len(entries)))]
        cut += judged(piece, used)
        for key, tokens in plan_use(piece).items():
            used[key] = used.get(key, 0) + tokens

    assert cut == whole
    assert used == plan_use(entries)


@given(ENTRIES)
def test_overage_adds_up_to_what_is_beyond_the_plan(entries: list[Entry]) -> None:
    entries = [replace(entry, tier="economy", terms=TERMS) for entry in entries]
    rows = judged(entries, {})

    beyond = {key: tokens - 100 for key, tokens in plan_use(entries).items() if tokens > 100}
    found = {AgentMonth(one.agent_id, one.month): (one.tokens, one.price) for one in overages_of(rows)}
    assert found == {key: (tokens, tokens * 2_000) for key, tokens in beyond.items()}
    assert sum(row.price_total for row in rows) == sum(tokens * 2_000 for tokens in beyond.values())


def test_use_counts_that_a_plan_paid_for_and_no_other() -> None:
    entries = [use(10), use(5, tier=""), use(7, agent="team-a.bob"), use(0, agent="team-a.eve")]

    assert plan_use(entries) == {NOVEMBER: 10, AgentMonth("team-a.bob", "2026-11"): 7}


def test_a_record_spans_the_rows_that_went_beyond() -> None:
    def at(hours: int) -> datetime:
        return NOON + timedelta(hours=hours)

    rows = [
        replace(use(100), timestamp=at(-9)),
        replace(use(1, tier="last"), timestamp=at(5)),
        replace(use(2), timestamp=at(-3)),
        replace(use(4), timestamp=at(1)),
    ]

    assert overages_of(judged(rows, {})) == [
        Overage(AVA, "team-a", "2026-11", "last", 7, 14_000, passed_at=at(-3), updated_at=at(5))
    ]


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        (datetime(2026, 11, 30, 23, 59, 59, 999_999, tzinfo=UTC), "2026-11"),
        (datetime(2026, 12, 1, tzinfo=UTC), "2026-12"),
        (datetime(2026, 12, 1, 13, 59, tzinfo=timezone(timedelta(hours=14))), "2026-11"),
        (datetime(2026, 12, 31, 14, tzinfo=timezone(timedelta(hours=-10))), "2027-01"),
    ],
)
def test_a_month_is_one_of_utc(moment: datetime, month: str) -> None:
    assert month_of(moment) == month
