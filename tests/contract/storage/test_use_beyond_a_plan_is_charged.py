from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

from tests.support.raw_ledger import raw_ledger
from tests.support.router_values import NOON, make_entry
from vutler_router.domain.money import Nanos
from vutler_router.domain.plans import PlanTerms
from vutler_router.domain.usage import TokenCounts
from vutler_router.metering.batches import Batch
from vutler_router.metering.ledger import Entry
from vutler_router.metering.overage import Overage
from vutler_router.metering.totals import Dimension, Sums
from vutler_router.settings import Settings
from vutler_router.storage import Storage

AVA, BOB = "team-a.ava", "team-a.bob"
MONTH = "2026-11"
USD = 1_000_000_000
STARTER = PlanTerms(included_tokens=100, overage_per_million=Nanos(2 * USD))
ULTRA = PlanTerms(included_tokens=1_000, overage_per_million=Nanos(5 * USD))


def use(
    request_id: str,
    tokens: int,
    *,
    agent: str = AVA,
    at: datetime = NOON,
    tier: str = "economy",
    terms: PlanTerms | None = STARTER,
) -> Entry:
    return make_entry(
        request_id,
        agent_id=agent,
        workspace_id=agent.partition(".")[0],
        tokens=TokenCounts(tokens, 0),
        timestamp=at,
        tier=tier,
        terms=terms,
    )


async def beyond(settings: Settings) -> dict[str, tuple[int, int]]:
    """Return what rows say of tokens beyond the plan and of their price."""
    async with raw_ledger(settings) as raw:
        return {
            str(row["request_id"]): (int(str(row["overage_tokens"])), int(str(row["price_total"])))
            for row in await raw.rows("token_usage")
        }


async def november(storage: Storage, agent: str | None = None) -> Sums:
    first = NOON.date().replace(day=1)
    lines = await storage.usage.totals(Dimension.AGENT, first, first.replace(day=30), agent_id=agent)
    return sum((line.sums for line in lines), Sums())


async def recorded(storage: Storage, month: str = MONTH) -> Sequence[tuple[str, int, int]]:
    return [(found.agent_id, found.tokens, found.price) for found in await storage.overages.overages(month)]


async def test_an_answer_is_charged_for_the_part_that_is_not_included(storage: Storage, settings: Settings) -> None:
    entries = (use("1", 60), use("2", 60), use("3", 5), use("other", 100, agent=BOB))
    await storage.ledger.append(Batch("w", 1, entries))

    assert await beyond(settings) == {"1": (0, 0), "2": (20, 40_000), "3": (5, 10_000), "other": (0, 0)}
    assert await recorded(storage) == [(AVA, 25, 50_000)]
    sums = await november(storage)
    assert (sums.overage_tokens, sums.price_total, sums.plan_tokens) == (25, 50_000, 225)


async def test_batches_go_on_where_the_one_before_ended(storage: Storage, settings: Settings) -> None:
    for number, writer in enumerate(["a", "b", "a", "b"]):
        await storage.ledger.append(Batch(writer, number // 2 + 1, (use(f"r{number}", 40),)))

    assert await beyond(settings) == {"r0": (0, 0), "r1": (0, 0), "r2": (20, 40_000), "r3": (40, 80_000)}
    assert await storage.overages.month_tokens([AVA, BOB], MONTH) == {AVA: 160}


async def test_a_batch_that_comes_again_is_judged_as_the_first_time(storage: Storage, settings: Settings) -> None:
    batches = [Batch("a", 1, (use("1", 90),)), Batch("b", 1, (use("2", 30),)), Batch("a", 2, (use("3", 30),))]
    for batch in (*batches, *batches, batches[0], batches[1]):
        await storage.ledger.append(batch)

    assert await beyond(settings) == {"1": (0, 0), "2": (20, 40_000), "3": (30, 60_000)}
    assert await recorded(storage) == [(AVA, 50, 100_000)]
    assert await storage.overages.month_tokens([AVA], MONTH) == {AVA: 150}


async def test_a_row_that_another_batch_brought_counts_once(storage: Storage, settings: Settings) -> None:
    await storage.ledger.append(Batch("a", 1, (use("1", 90),)))
    await storage.ledger.append(Batch("b", 1, (use("1", 90), use("2", 20))))

    assert await beyond(settings) == {"1": (0, 0), "2": (10, 20_000)}
    assert await storage.overages.month_tokens([AVA], MONTH) == {AVA: 110}


async def test_every_answer_is_judged_by_the_plan_it_was_given_under(storage: Storage, settings: Settings) -> None:
    entries = (
        use("starter", 150),
        use("upgraded", 150, tier="premium", terms=ULTRA),
        use("much", 1_000, tier="premium", terms=ULTRA),
        use("back", 10),
        use("off sale", 10, terms=None),
        use("own key", 10_000, tier="", terms=None),
    )
    await storage.ledger.append(Batch("w", 1, entries))

    assert await beyond(settings) == {
        "starter": (50, 100_000),
        "upgraded": (0, 0),
        "much": (300, 1_500_000),
        "back": (10, 20_000),
        "off sale": (0, 0),
        "own key": (0, 0),
    }
    assert await recorded(storage) == [(AVA, 360, 1_620_000)]
    assert await storage.overages.month_tokens([AVA], MONTH) == {AVA: 1_320}


async def test_a_month_begins_at_midnight_utc_with_nothing_used(storage: Storage, settings: Settings) -> None:
    end = datetime(2026, 11, 30, 23, 59, 59, 999_000, tzinfo=UTC)
    in_kiribati = datetime(2026, 12, 1, 13, 59, tzinfo=timezone(timedelta(hours=14)))
    entries = (
        use("last", 120, at=end),
        use("first", 90, at=end + timedelta(milliseconds=1)),
        use("kiribati", 10, at=in_kiribati),
        use("next", 20, at=end + timedelta(days=1)),
    )
    await storage.ledger.append(Batch("w", 1, entries))

    assert await beyond(settings) == {
        "last": (20, 40_000),
        "first": (0, 0),
        "kiribati": (10, 20_000),
        "next": (10, 20_000),
    }
    assert await recorded(storage) == [(AVA, 30, 60_000)]
    assert await recorded(storage, "2026-12") == [(AVA, 10, 20_000)]
    assert await storage.overages.month_tokens([AVA], "2026-12") == {AVA: 110}


async def test_a_clock_that_goes_backwards_changes_neither_order_nor_sums(storage: Storage, settings: Settings) -> None:
    def days(number: int) -> datetime:
        return NOON + timedelta(days=number)

    await storage.ledger.append(Batch("w", 1, (use("1", 60, at=days(2)), use("2", 60, at=days(-2)))))
    await storage.ledger.append(Batch("w", 2, (use("3", 10, at=days(-5)), use("december", 70, at=days(13)))))
    await storage.ledger.append(Batch("w", 3, (use("4", 1, at=days(0)),)))

    assert await beyond(settings) == {
        "1": (0, 0),
        "2": (20, 40_000),
        "3": (10, 20_000),
        "december": (0, 0),
        "4": (1, 2_000),
    }
    (record,) = await storage.overages.overages(MONTH)
    assert (record.tokens, record.passed_at, record.updated_at) == (31, days(-5), days(0))


async def test_a_record_tells_who_passed_which_plan_when(storage: Storage) -> None:
    later, latest = NOON + timedelta(hours=1), NOON + timedelta(hours=2)
    await storage.ledger.append(Batch("w", 1, (use("1", 110), use("2", 90, agent=BOB))))
    await storage.ledger.append(
        Batch("w", 2, (use("3", 2_000, at=latest, tier="premium", terms=ULTRA), use("4", 5, at=later)))
    )
    await storage.ledger.append(Batch("w", 3, (use("5", 200, agent="team-b.zoe"), use("6", 1, at=later))))

    assert await storage.overages.overages(MONTH, "team-a") == [
        Overage(AVA, "team-a", MONTH, "premium", 10 + 1_110 + 6, 20_000 + 5_550_000 + 12_000, NOON, latest)
    ]
    assert [record.agent_id for record in await storage.overages.overages(MONTH)] == [AVA, "team-b.zoe"]
    assert await storage.overages.overages("2026-10") == []


async def test_a_price_that_changes_in_the_middle_of_a_day_stays_with_its_rows(
    storage: Storage, settings: Settings
) -> None:
    cheap = make_entry("1", cost_input=10, price_snapshot='{"input":1}')
    dear = make_entry("2", cost_input=30, price_snapshot='{"input":3}', timestamp=NOON + timedelta(hours=1))
    await storage.ledger.append(Batch("w", 1, (cheap, dear)))

    async with raw_ledger(settings) as raw:
        snapshots = {row["request_id"]: (row["price_snapshot"], row["cost_input"]) for row in await raw.rows(ROWS)}

    assert snapshots == {"1": ('{"input":1}', 10), "2": ('{"input":3}', 30)}
    assert (await november(storage)).cost_input == 40


async def test_a_writer_is_known_by_what_it_brought(storage: Storage, settings: Settings) -> None:
    await storage.ledger.append(Batch("w", 1, (use("1", 1), use("2", 1)), answered=2))
    for _ in range(2):
        await storage.ledger.append(Batch("w", 2, (use("2", 1), use("3", 1)), answered=4))
    await storage.ledger.append(Batch("w", 1, (use("1", 1), use("2", 1)), answered=2))

    async with raw_ledger(settings) as raw:
        (writer,) = await raw.rows("ledger_writers")

    assert (writer["number"], writer["answered"], writer["rows"]) == (2, 4, 3)


ROWS = "token_usage"
