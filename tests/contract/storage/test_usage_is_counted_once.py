from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from tests.support.router_values import NOON, make_entry
from vutler_router.domain.usage import TokenCounts
from vutler_router.metering.batches import Batch
from vutler_router.metering.ledger import RequestType
from vutler_router.metering.totals import Dimension, Sums
from vutler_router.settings import Settings
from vutler_router.storage import Storage, open_storage

TODAY = NOON.date()
EMAIL = RequestType.EMAIL


async def total(storage: Storage, first: date = TODAY, last: date = TODAY) -> Sums:
    lines = await storage.usage.totals(Dimension.DATE, first, last)
    return sum((line.sums for line in lines), Sums())


def batch(number: int, *request_ids: str, writer: str = "writer-1") -> Batch:
    return Batch(writer, number, tuple(make_entry(request_id) for request_id in request_ids))


async def test_totals_are_the_sum_of_the_rows(storage: Storage) -> None:
    await storage.ledger.append(batch(1, "a", "b"))
    await storage.ledger.append(batch(2, "c"))

    assert await total(storage) == Sums(
        requests=3,
        tokens_input=300,
        tokens_output=60,
        tokens_total=360,
        tokens_cached=30,
        tokens_reasoning=15,
        cost_input=45_000,
        cost_output=36_000,
        cost_total=81_000,
    )


async def test_a_batch_that_is_written_again_changes_nothing(storage: Storage) -> None:
    for _ in range(3):
        await storage.ledger.append(batch(1, "a", "b"))

    assert (await total(storage)).requests == 2


async def test_a_row_that_comes_again_in_another_batch_changes_nothing(storage: Storage) -> None:
    await storage.ledger.append(batch(1, "a", "b"))
    await storage.ledger.append(batch(2, "b", "c"))
    await storage.ledger.append(batch(1, "a", "c", "d", writer="writer-2"))

    assert (await total(storage)).requests == 4


async def test_two_writers_add_to_the_same_totals(settings: Settings) -> None:
    one, other = await open_storage(settings), await open_storage(settings)
    try:
        for number in range(1, 6):
            await one.ledger.append(batch(number, f"one-{number}", writer="one"))
            await other.ledger.append(batch(number, f"other-{number}", writer="other"))
        assert (await total(one)).requests == 10
    finally:
        await one.aclose()
        await other.aclose()


async def test_an_empty_batch_is_fine(storage: Storage) -> None:
    await storage.ledger.append(Batch("writer-1", 1, ()))

    assert await total(storage) == Sums()


async def test_large_amounts_add_up_exactly(storage: Storage) -> None:
    odd = 2**52 + 1
    entries = tuple(make_entry(f"r{index}", cost_input=odd, cost_output=odd) for index in range(9))
    await storage.ledger.append(Batch("writer-1", 1, entries))

    sums = await total(storage)

    assert (sums.cost_input, sums.cost_output, sums.cost_total) == (9 * odd, 9 * odd, 18 * odd)


async def test_a_day_ends_at_midnight_utc_wherever_the_clock_stands(storage: Storage) -> None:
    late = datetime(2026, 11, 18, 23, 59, 59, 999_999, tzinfo=UTC)
    early_in_kiribati = datetime(2026, 11, 19, 13, 30, tzinfo=timezone(timedelta(hours=14)))
    entries = (
        make_entry("late", timestamp=late),
        make_entry("next", timestamp=late + timedelta(microseconds=1)),
        make_entry("kiribati", timestamp=early_in_kiribati),
    )
    await storage.ledger.append(Batch("writer-1", 1, entries))

    lines = await storage.usage.totals(Dimension.DATE, TODAY, TODAY + timedelta(days=1))

    assert [(line.key, line.sums.requests) for line in lines] == [("2026-11-18", 2), ("2026-11-19", 1)]
    assert (await total(storage)).requests == 2


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (Dimension.AGENT, [("team-a.ava", 2), ("team-a.bob", 1), ("team-b.zoe", 1)]),
        (Dimension.MODEL, [("echo/echo", 1), ("openai/gpt-4o", 1), ("openai/gpt-4o-mini", 2)]),
        (Dimension.CATEGORY, [("", 3), ("code", 1)]),
        (Dimension.REQUEST_TYPE, [("chat", 3), ("email", 1)]),
        (Dimension.TIER, [("", 3), ("premium", 1)]),
    ],
)
async def test_use_is_broken_down(storage: Storage, by: Dimension, expected: list[tuple[str, int]]) -> None:
    await storage.ledger.append(Batch("writer-1", 1, MIXED))

    lines = await storage.usage.totals(by, TODAY, TODAY)

    assert [(line.key, line.sums.requests) for line in lines] == expected


async def test_use_is_broken_down_by_several_things_at_once(storage: Storage) -> None:
    await storage.ledger.append(Batch("writer-1", 1, MIXED))

    lines = await storage.usage.lines((Dimension.AGENT, Dimension.MODEL, Dimension.CATEGORY), TODAY, TODAY)
    own = await storage.usage.lines((Dimension.DATE, Dimension.TIER), TODAY, TODAY, agent_id="team-a.ava")

    assert sum(line.sums.requests for line in lines) == 4
    assert [line.keys for line in lines] == sorted({line.keys for line in lines})
    by_agent = await storage.usage.totals(Dimension.AGENT, TODAY, TODAY)
    for total in by_agent:
        assert sum((line.sums for line in lines if line.keys[0] == total.key), Sums()) == total.sums
    assert [(line.keys, line.sums.requests) for line in own] == [
        (("2026-11-18", ""), 1),
        (("2026-11-18", "premium"), 1),
    ]


async def test_use_of_one_agent_or_workspace_is_its_own(storage: Storage) -> None:
    await storage.ledger.append(Batch("writer-1", 1, MIXED))

    of_agent = await storage.usage.totals(Dimension.AGENT, TODAY, TODAY, agent_id="team-a.bob")
    of_workspace = await storage.usage.totals(Dimension.AGENT, TODAY, TODAY, workspace_id="team-a")

    assert [line.key for line in of_agent] == ["team-a.bob"]
    assert [line.key for line in of_workspace] == ["team-a.ava", "team-a.bob"]


async def test_plan_tokens_and_unknown_prices_are_counted_apart(storage: Storage) -> None:
    await storage.ledger.append(Batch("writer-1", 1, MIXED))

    sums = await total(storage)

    assert (sums.tokens_total, sums.plan_tokens, sums.unpriced) == (3 * 120 + 7, 120, 1)


async def test_counts_that_had_to_be_corrected_are_counted_apart(storage: Storage) -> None:
    impossible = TokenCounts(input=-5, output=20).clamped()
    await storage.ledger.append(Batch("writer-1", 1, (make_entry("1", tokens=impossible), make_entry("2"))))

    assert (await total(storage)).corrected == 1


MIXED = (
    make_entry("1"),
    make_entry("2", model="gpt-4o", category="code", tier="premium"),
    make_entry("3", agent_id="team-a.bob", provider="echo", model="echo", tokens=TokenCounts(4, 3), request_type=EMAIL),
    make_entry("4", agent_id="team-b.zoe", workspace_id="team-b", priced=False),
)
