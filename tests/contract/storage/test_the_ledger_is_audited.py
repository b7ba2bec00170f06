from datetime import date, timedelta

import pytest

from tests.support.raw_ledger import raw_ledger
from tests.support.router_values import NOON, make_entry
from vutler_router.domain.money import Nanos
from vutler_router.domain.plans import PlanTerms
from vutler_router.domain.usage import TokenCounts
from vutler_router.metering.audit import DayLine, MonthLine, WriterLine
from vutler_router.metering.batches import Batch
from vutler_router.metering.overage import MonthUse
from vutler_router.metering.totals import Sums
from vutler_router.settings import Settings
from vutler_router.storage import Storage

AVA, BOB = "team-a.ava", "team-b.bob"
TODAY, MONTH = NOON.date(), "2026-11"
TERMS = PlanTerms(included_tokens=100, overage_per_million=Nanos(2_000_000_000))
ROWS = (
    make_entry("1", tier="economy", terms=TERMS, tokens=TokenCounts(80, 20, 10, 3, 5)),
    make_entry("2", tier="economy", terms=TERMS, tokens=TokenCounts(30, 7, corrected=True), priced=False),
    make_entry("3", agent_id=BOB, workspace_id="team-b", timestamp=NOON - timedelta(days=2)),
    make_entry("4", agent_id=BOB, workspace_id="team-b", timestamp=NOON - timedelta(days=20)),
)


@pytest.fixture(autouse=True)
async def _written(storage: Storage) -> None:
    await storage.ledger.append(Batch("w", 1, ROWS[:1], answered=1))
    await storage.ledger.append(Batch("w", 2, ROWS[1:], answered=4))


async def wrong_days(storage: Storage, day: date = TODAY) -> list[DayLine]:
    return [line for line in await storage.audit.day_lines(day) if line.differs]


async def wrong_months(storage: Storage) -> list[MonthLine]:
    return [line for line in await storage.audit.month_lines(MONTH) if line.differs]


async def test_what_was_appended_agrees_with_its_rows_in_every_figure(storage: Storage) -> None:
    (day,) = await storage.audit.day_lines(TODAY)
    months = await storage.audit.month_lines(MONTH)

    assert day.rows == day.total
    assert day.rows == Sums(
        requests=2,
        tokens_input=110,
        tokens_output=27,
        tokens_total=137,
        tokens_cached=10,
        tokens_reasoning=5,
        plan_tokens=137,
        overage_tokens=37,
        cost_input=30_000,
        cost_output=24_000,
        cost_total=54_000,
        price_total=74_000,
        unpriced=1,
        corrected=1,
    )
    ava = MonthUse(AVA, MONTH, 137, 37, 74_000)
    assert list(months) == [MonthLine(ava, ava)]
    assert await storage.audit.writer_lines() == [WriterLine("w", answered=4, counted=4, found=4)]


async def test_days_with_rows_or_totals_are_found(storage: Storage, settings: Settings) -> None:
    first, last = TODAY - timedelta(days=10), TODAY
    used = [TODAY - timedelta(days=2), TODAY]
    assert await storage.audit.days(first, last) == used

    async with raw_ledger(settings) as raw:
        await raw.delete_rows("1", "2")
        assert await storage.audit.days(first, last) == used
        await raw.empty("usage_daily")
        assert await storage.audit.days(first, last) == used[:1]
        await raw.empty("token_usage")

    assert await storage.audit.days(first, last) == []


async def test_a_total_that_is_wrong_is_shown_and_mended(storage: Storage, settings: Settings) -> None:
    async with raw_ledger(settings) as raw:
        await raw.change("usage_daily", requests=7, cost_total=1)
    (line,) = await wrong_days(storage)
    assert line.total is not None
    assert (line.rows.requests, line.total.requests, line.total.cost_total) == (2, 7, 1)

    assert await storage.audit.mend_day(line)

    assert await wrong_days(storage) == []
    (mended,) = await storage.audit.day_lines(TODAY)
    assert mended.total == line.rows


async def test_totals_that_are_gone_are_made_again_and_counted_on(storage: Storage, settings: Settings) -> None:
    async with raw_ledger(settings) as raw:
        await raw.empty("usage_daily")
    (line,) = await wrong_days(storage)
    assert line.total is None

    assert await storage.audit.mend_day(line)
    assert not await storage.audit.mend_day(line)
    await storage.ledger.append(Batch("w", 3, (make_entry("5", tier="economy", terms=TERMS),), answered=5))
    await storage.ledger.append(Batch("w", 2, ROWS[1:], answered=4))

    (now,) = await storage.audit.day_lines(TODAY)
    assert not now.differs
    assert now.rows.requests == 3


async def test_a_total_without_rows_is_removed(storage: Storage, settings: Settings) -> None:
    async with raw_ledger(settings) as raw:
        await raw.delete_rows("1", "2")
    (line,) = await wrong_days(storage)
    assert line.rows == Sums()

    assert await storage.audit.mend_day(line)

    assert await storage.audit.day_lines(TODAY) == []


async def test_a_total_that_grew_meanwhile_is_left_alone(storage: Storage, settings: Settings) -> None:
    async with raw_ledger(settings) as raw:
        await raw.change("usage_daily", cost_total=1)
        (line,) = await wrong_days(storage)
        await storage.ledger.append(Batch("w", 3, (make_entry("5", tier="economy", terms=TERMS),), answered=5))

        assert not await storage.audit.mend_day(line)

    (now,) = await wrong_days(storage)
    assert now.total is not None
    assert (now.rows.requests, now.total.requests) == (3, 3)


@pytest.mark.parametrize("table", ["usage_monthly", "managed_overage"])
async def test_a_month_that_is_wrong_is_shown_and_mended(storage: Storage, settings: Settings, table: str) -> None:
    (before,) = await storage.overages.overages(MONTH)
    async with raw_ledger(settings) as raw:
        await raw.change(table, tokens=5)
    (line,) = await wrong_months(storage)
    assert 5 in {line.kept.plan_tokens, line.kept.overage_tokens}

    assert await storage.audit.mend_month(line)

    assert await wrong_months(storage) == []
    assert await storage.overages.overages(MONTH) == [before]
    assert await storage.overages.month_tokens([AVA], MONTH) == {AVA: 137}


async def test_months_that_are_gone_are_made_again_and_counted_on(storage: Storage, settings: Settings) -> None:
    (before,) = await storage.overages.overages(MONTH)
    async with raw_ledger(settings) as raw:
        await raw.empty("usage_monthly")
        await raw.empty("managed_overage")
    (line,) = await wrong_months(storage)

    assert await storage.audit.mend_month(line)
    assert not await storage.audit.mend_month(line)
    assert await storage.overages.overages(MONTH) == [before]
    await storage.ledger.append(Batch("w", 3, (make_entry("5", tier="economy", terms=TERMS),), answered=5))

    assert await wrong_months(storage) == []
    (after,) = await storage.overages.overages(MONTH)
    assert (after.tokens, after.price) == (157, 314_000)


async def test_a_record_of_overage_that_no_row_speaks_of_is_removed(storage: Storage, settings: Settings) -> None:
    async with raw_ledger(settings) as raw:
        await raw.delete_rows("2")
    (line,) = await wrong_months(storage)

    assert await storage.audit.mend_month(line)

    assert await wrong_months(storage) == []
    assert await storage.overages.overages(MONTH) == []


async def test_a_month_that_grew_meanwhile_is_left_alone(storage: Storage, settings: Settings) -> None:
    async with raw_ledger(settings) as raw:
        await raw.change("usage_monthly", tokens=5)
    (line,) = await wrong_months(storage)
    await storage.ledger.append(Batch("w", 3, (make_entry("5", tier="economy", terms=TERMS),), answered=5))

    assert not await storage.audit.mend_month(line)


async def test_rows_that_are_gone_and_answers_without_rows_show_at_their_writer(
    storage: Storage, settings: Settings
) -> None:
    async with raw_ledger(settings) as raw:
        await raw.delete_rows("3")
    await storage.ledger.append(Batch("other", 1, (make_entry("5"),), answered=3))

    lines = await storage.audit.writer_lines()

    assert lines == [
        WriterLine("other", answered=3, counted=1, found=1),
        WriterLine("w", answered=4, counted=4, found=3),
    ]
    assert [line.differs for line in lines] == [True, True]
    assert not await storage.audit.finish(lines[0])
