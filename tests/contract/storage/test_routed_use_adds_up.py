"""What routing adds to rows and their day totals: variants, errors, time, and what was saved."""

from dataclasses import replace

import pytest

from tests.support.raw_ledger import raw_ledger
from tests.support.router_values import NOON, make_entry
from vutler_router.metering.batches import Batch
from vutler_router.metering.ledger import Entry
from vutler_router.metering.totals import SUM_NAMES, DayKey, Dimension, Sums
from vutler_router.settings import Settings
from vutler_router.storage import Storage

TODAY = NOON.date()
BY = (Dimension.CATEGORY, Dimension.VARIANT, Dimension.MODEL)


def routed(request_id: str, *, variant: str = "", status: str = "ok", strongest: int = 0, priced: bool = True) -> Entry:
    """Return the row of a request that cost 27,000 and took 200 ms."""
    return replace(
        make_entry(request_id, category="code", model="gpt-4o" if variant == "b" else "glm-5", priced=priced),
        variant=variant,
        status=status,
        latency_ms=200,
        cost_estimated=20_000,
        cost_strongest=strongest,
        classification_cost=7,
        classification_ms=3,
    )


ROWS = (
    routed("a1", variant="a", strongest=100_000),
    routed("a2", variant="a", strongest=100_000, status="error"),
    routed("b1", variant="b", strongest=20_000),
    routed("b2", variant="b", strongest=100_000, priced=False, status="cancelled"),
    routed("c1"),
    replace(make_entry("plain"), latency_ms=50),
)
FIRST, SECOND = Batch("w", 1, ROWS[:3], answered=3), Batch("w", 2, ROWS[3:], answered=6)


@pytest.fixture(autouse=True)
async def _written(storage: Storage) -> None:
    for batch in (FIRST, SECOND):
        await storage.ledger.append(batch)


def figures(sums: Sums) -> tuple[int, ...]:
    return sums.requests, sums.errors, sums.latency_ms, sums.cost_estimated, sums.saved, sums.classification_ms


async def test_totals_tell_models_that_are_compared_apart(storage: Storage) -> None:
    lines = await storage.usage.lines(BY, TODAY, TODAY)

    assert [(line.keys, figures(line.sums)) for line in lines] == [
        (("", "", "openai/gpt-4o-mini"), (1, 0, 50, 0, 0, 0)),
        (("code", "", "openai/glm-5"), (1, 0, 200, 20_000, 0, 3)),
        (("code", "a", "openai/glm-5"), (2, 1, 400, 40_000, 146_000, 6)),
        (("code", "b", "openai/gpt-4o"), (2, 0, 400, 40_000, -7_000, 6)),
    ]


async def test_totals_by_variant_are_the_sum_of_their_parts(storage: Storage) -> None:
    totals, lines = (
        await storage.usage.totals(Dimension.VARIANT, TODAY, TODAY),
        await storage.usage.lines(BY, TODAY, TODAY),
    )

    assert [line.key for line in totals] == ["", "a", "b"]
    for total in totals:
        assert sum((line.sums for line in lines if line.keys[1] == total.key), Sums()) == total.sums
    assert sum((total.sums for total in totals), Sums()) == Sums.of(ROWS)


async def test_finding_categories_is_in_no_sum_but_its_own(storage: Storage) -> None:
    (total,) = await storage.usage.totals(Dimension.DATE, TODAY, TODAY)

    assert total.sums.classification_cost == 5 * 7
    assert (total.sums.cost_total, total.sums.price_total) == (6 * 27_000, 0)


async def test_batches_that_come_again_change_nothing(storage: Storage) -> None:
    before = await storage.usage.lines(BY, TODAY, TODAY)

    for batch in (FIRST, SECOND, FIRST):
        await storage.ledger.append(batch)

    assert await storage.usage.lines(BY, TODAY, TODAY) == before


async def test_an_audit_finds_totals_and_rows_to_agree_in_every_figure(storage: Storage) -> None:
    lines = await storage.audit.day_lines(TODAY)

    assert [line.rows for line in lines] == [line.total for line in lines]
    assert sorted(line.key.variant for line in lines) == ["", "", "a", "b"]
    assert sum((line.rows for line in lines), Sums()) == Sums.of(ROWS)


@pytest.mark.parametrize(
    "name", ["errors", "latency_ms", "cost_estimated", "saved", "classification_cost", "classification_ms"]
)
async def test_a_sum_that_is_wrong_is_shown_and_mended(storage: Storage, settings: Settings, name: str) -> None:
    async with raw_ledger(settings) as raw:
        await raw.change("usage_daily", **{name: -3})
    wrong = [line for line in await storage.audit.day_lines(TODAY) if line.differs]

    mended = [await storage.audit.mend_day(line) for line in wrong]

    assert len(wrong) == len(mended) == 4
    assert all(mended)
    assert {line.total.amounts()[SUM_NAMES.index(name)] for line in wrong if line.total is not None} == {-3}
    assert not any(line.differs for line in await storage.audit.day_lines(TODAY))


async def test_totals_of_variants_that_are_gone_are_made_again(storage: Storage, settings: Settings) -> None:
    before = await storage.usage.lines(BY, TODAY, TODAY)
    async with raw_ledger(settings) as raw:
        await raw.empty("usage_daily")

    for line in await storage.audit.day_lines(TODAY):
        assert await storage.audit.mend_day(line)

    assert await storage.usage.lines(BY, TODAY, TODAY) == before
    keys = [line.key for line in await storage.audit.day_lines(TODAY)]
    assert DayKey(TODAY, "team-a.ava", "team-a", "openai", "gpt-4o", "", "code", "chat", "b") in keys
