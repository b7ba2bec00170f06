from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.router.services.usage.conftest import AVA, Books, planned
from tests.support.router_values import NOON, make_entry
from vutler_router.metering.totals import Dimension, UsageTotal
from vutler_router.services.usage.settled_days import SettledDays

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
TODAY, YESTERDAY = NOON.date(), NOON.date() - timedelta(days=1)


def settled(books: Books) -> SettledDays:
    return SettledDays(books.reader, books.clock)


def requests(lines: Sequence[UsageTotal]) -> list[tuple[str, int]]:
    return [(line.key, line.sums.requests) for line in lines]


async def write_two_days(books: Books) -> None:
    await books.write(
        make_entry("1", timestamp=NOON - timedelta(days=3)),
        make_entry("2", model="gpt-4o", agent_id="team-a.bob", timestamp=NOON - timedelta(days=1)),
        make_entry("3"),
    )


@pytest.mark.parametrize("by", list(Dimension))
@pytest.mark.parametrize(("first", "last"), [(FIRST, LAST), (FIRST, YESTERDAY), (TODAY, TODAY), (YESTERDAY, TODAY)])
async def test_it_answers_as_the_books_do(books: Books, by: Dimension, first: date, last: date) -> None:
    await write_two_days(books)
    remembering = settled(books)

    for _ in range(2):
        assert await remembering.totals(by, first, last) == await books.reader.totals(by, first, last)
    assert await remembering.totals(by, first, last, workspace_id="team-b") == []


async def test_past_days_are_read_once_and_today_every_time(books: Books) -> None:
    await write_two_days(books)
    remembering = settled(books)

    await remembering.totals(Dimension.AGENT, FIRST, LAST)
    await books.write(make_entry("4"))
    books.reader.asked.clear()
    lines = await remembering.totals(Dimension.AGENT, FIRST, LAST)

    assert requests(lines) == [("team-a.ava", 3), ("team-a.bob", 1)]
    assert [(asked.first, asked.last) for asked in books.reader.asked] == [(TODAY, LAST)]


async def test_yesterday_is_read_until_its_last_rows_have_come(books: Books) -> None:
    books.clock.time = datetime(2026, 11, 18, 0, 59, 59, tzinfo=UTC)
    remembering = settled(books)
    await remembering.totals(Dimension.DATE, FIRST, LAST)
    await books.write(make_entry("1", timestamp=datetime(2026, 11, 17, 23, 59, 59, tzinfo=UTC)))

    assert requests(await remembering.totals(Dimension.DATE, FIRST, LAST)) == [("2026-11-17", 1)]


async def test_a_late_row_shows_after_five_minutes(books: Books) -> None:
    remembering = settled(books)
    await remembering.totals(Dimension.DATE, FIRST, LAST)
    await books.write(make_entry("late", timestamp=NOON - timedelta(days=3)))

    before = requests(await remembering.totals(Dimension.DATE, FIRST, LAST))
    books.clock.time = NOON + timedelta(minutes=5)
    after = requests(await remembering.totals(Dimension.DATE, FIRST, LAST))

    assert (before, after) == ([], [("2026-11-15", 1)])


async def test_a_clock_that_was_set_back_makes_nothing_last(books: Books) -> None:
    remembering = settled(books)
    books.clock.time = NOON + timedelta(hours=2)
    await remembering.totals(Dimension.DATE, FIRST, LAST)
    await books.write(make_entry("late", timestamp=NOON - timedelta(days=3)))
    books.clock.time = NOON

    assert requests(await remembering.totals(Dimension.DATE, FIRST, LAST)) == [("2026-11-15", 1)]


async def test_one_agents_use_is_always_read(books: Books) -> None:
    remembering = settled(books)
    await remembering.totals(Dimension.DATE, FIRST, LAST, agent_id=AVA)
    await books.write(planned("late", 5, at=NOON - timedelta(days=3)))

    assert requests(await remembering.totals(Dimension.DATE, FIRST, LAST, agent_id=AVA)) == [("2026-11-15", 1)]


async def test_only_so_many_questions_are_remembered(books: Books) -> None:
    remembering = settled(books)
    for back in range(70):
        await remembering.totals(Dimension.DATE, FIRST - timedelta(days=back), YESTERDAY)
    books.reader.asked.clear()

    await remembering.totals(Dimension.DATE, FIRST - timedelta(days=69), YESTERDAY)
    await remembering.totals(Dimension.DATE, FIRST, YESTERDAY)

    assert [asked.first for asked in books.reader.asked] == [FIRST]
