"""A router may die, and its connection may break, at any point of an append; other routers write meanwhile."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from typing_extensions import override

from tests.support.faulty_database import Cut, FaultyDatabase
from tests.support.mongo import running_ferretdb
from tests.support.router_values import NOON, make_entry
from vutler_router.domain.money import Nanos
from vutler_router.domain.plans import PlanTerms
from vutler_router.domain.usage import TokenCounts
from vutler_router.errors import StorageError
from vutler_router.metering.audit import WriterLine
from vutler_router.metering.batches import Batch
from vutler_router.storage.mongo.audit import MongoLedgerAudit
from vutler_router.storage.mongo.connection import Database
from vutler_router.storage.mongo.ledger import MongoLedgerStore
from vutler_router.storage.mongo.numbers import number_in
from vutler_router.storage.mongo.schema import migrate

pytestmark = pytest.mark.database

AVA, BOB = "team-a.ava", "team-a.bob"
TODAY, MONTH = NOON.date(), "2026-11"
INCLUDED, RATE = 100, 2_000
TERMS = PlanTerms(included_tokens=INCLUDED, overage_per_million=Nanos(RATE * 1_000_000))
WRITES = 7
"""Rows, meters, new totals, totals, new overage records, overage records, the writer."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running_ferretdb() as url:
        yield url


@pytest.fixture
async def database(server: str) -> AsyncIterator[Database]:
    opened = Database.connect(f"{server}test_{uuid.uuid4().hex}", seconds=30)
    await migrate(opened)
    yield opened
    await opened.drop()
    await opened.aclose()


def batch(writer: str, number: int, answered: int, *uses: tuple[str, int]) -> Batch:
    entries = tuple(
        make_entry(f"{writer}-{number}-{place}", agent_id=agent, tokens=TokenCounts(tokens, 0), tier="x", terms=TERMS)
        for place, (agent, tokens) in enumerate(uses)
    )
    return Batch(writer, number, entries, answered)


FIRST = batch("one", 1, 3, (AVA, 60), (BOB, 90), (AVA, 30))
SECOND = batch("one", 2, 6, (AVA, 30), (BOB, 5), (AVA, 7))
THIRD = batch("one", 3, 8, (AVA, 11), (BOB, 11))
OTHERS = batch("other", 1, 2, (AVA, 13), (BOB, 3))


async def check(database: Database, *batches: Batch) -> None:
    """See that rows, totals, meters, records and writers say what these batches come to."""
    audit = MongoLedgerAudit(database)
    used = {
        agent: sum(entry.tokens.total for one in batches for entry in one.entries if entry.agent_id == agent)
        for agent in (AVA, BOB)
    }
    beyond = {agent: max(tokens - INCLUDED, 0) for agent, tokens in used.items()}
    days, months = await audit.day_lines(TODAY), await audit.month_lines(MONTH)
    assert {line.key.agent_id: line.rows.plan_tokens for line in days} == used
    assert {line.key.agent_id: line.rows.price_total for line in days} == {
        agent: tokens * RATE for agent, tokens in beyond.items()
    }
    assert {line.rows.agent_id: line.rows.overage_tokens for line in months} == beyond
    assert [line.differs for line in days] == [line.differs for line in months] == [False, False]
    counts = {one.writer: sum(len(each.entries) for each in batches if each.writer == one.writer) for one in batches}
    assert await audit.writer_lines() == [
        WriterLine(writer, answered=rows, counted=rows, found=rows) for writer, rows in sorted(counts.items())
    ]


async def append_somehow(one: Batch, faulty: FaultyDatabase) -> None:
    """Append with a fault, if there is a write for it."""
    try:
        await MongoLedgerStore(faulty.as_database()).append(one)
    except StorageError:
        return
    assert not faulty.was_reached


async def test_an_append_makes_these_writes(database: Database) -> None:
    await MongoLedgerStore(database).append(FIRST)
    counting = FaultyDatabase(database, at=99)
    await MongoLedgerStore(counting.as_database()).append(SECOND)

    assert counting.writes == WRITES


@pytest.mark.parametrize("at", range(WRITES))
@pytest.mark.parametrize("cut", Cut)
async def test_an_append_that_broke_off_is_completed_by_doing_it_again(database: Database, cut: Cut, at: int) -> None:
    await MongoLedgerStore(database).append(FIRST)
    await append_somehow(SECOND, FaultyDatabase(database, at=at, cut=cut))
    await append_somehow(SECOND, FaultyDatabase(database, at=at + 1, cut=cut))

    for one in (SECOND, SECOND, THIRD, SECOND):
        await MongoLedgerStore(database).append(one)

    await check(database, FIRST, SECOND, THIRD)


@pytest.mark.parametrize("at", range(WRITES))
async def test_another_router_may_write_between_any_two_steps(database: Database, at: int) -> None:
    await MongoLedgerStore(database).append(FIRST)
    faulty = FaultyDatabase(database, at=at, meanwhile=appending(database, OTHERS))

    await MongoLedgerStore(faulty.as_database()).append(SECOND)

    assert faulty.was_reached
    await check(database, FIRST, SECOND, OTHERS)


@pytest.mark.parametrize("at", range(WRITES))
async def test_an_attempt_that_was_given_up_may_go_on_while_the_batch_is_appended_again(
    database: Database, at: int
) -> None:
    await MongoLedgerStore(database).append(FIRST)
    slow = FaultyDatabase(database, at=at, meanwhile=appending(database, SECOND))

    await MongoLedgerStore(slow.as_database()).append(SECOND)

    assert slow.was_reached
    await check(database, FIRST, SECOND)


@pytest.mark.parametrize("at", range(WRITES))
@pytest.mark.parametrize("cut", Cut)
async def test_another_router_may_write_before_a_broken_append_is_done_again(
    database: Database, cut: Cut, at: int
) -> None:
    await MongoLedgerStore(database).append(FIRST)
    await append_somehow(SECOND, FaultyDatabase(database, at=at, cut=cut))
    await MongoLedgerStore(database).append(OTHERS)

    await MongoLedgerStore(database).append(SECOND)

    await check(database, FIRST, SECOND, OTHERS)


def appending(database: Database, one: Batch) -> Callable[[], Awaitable[None]]:
    async def append() -> None:
        await MongoLedgerStore(database).append(one)

    return append


async def test_a_router_that_never_comes_back_leaves_a_batch_that_an_audit_can_finish(database: Database) -> None:
    await MongoLedgerStore(database).append(FIRST)
    await append_somehow(SECOND, FaultyDatabase(database, at=1, cut=Cut.NOTHING))
    audit = MongoLedgerAudit(database)
    (line,) = await audit.writer_lines()
    left_out = [found.differs for found in await audit.day_lines(TODAY)]

    finished = await audit.finish(line), await audit.finish(line)

    assert line == WriterLine("one", answered=3, counted=3, found=3, begun=2)
    assert left_out == [False, False]
    assert finished == (True, False)
    await check(database, FIRST, SECOND)
    await MongoLedgerStore(database).append(SECOND)
    await check(database, FIRST, SECOND)


class AuditOfABusyRouter(MongoLedgerAudit):
    """The router finishes its batch while rows are read."""

    busy: Callable[[], Awaitable[None]]

    @override
    async def _finished(self) -> dict[str, int]:
        await self.busy()
        return await super()._finished()


async def test_a_batch_that_is_finished_meanwhile_was_not_left_behind(database: Database) -> None:
    await MongoLedgerStore(database).append(FIRST)
    await append_somehow(SECOND, FaultyDatabase(database, at=1, cut=Cut.NOTHING))
    audit = AuditOfABusyRouter(database)
    audit.busy = appending(database, SECOND)

    assert await audit.writer_lines() == [WriterLine("one", answered=3, counted=3, found=3)]


async def test_a_total_that_was_removed_is_made_again_by_the_next_batch(database: Database) -> None:
    store = MongoLedgerStore(database)
    await store.append(FIRST)
    await database.usage_daily.delete_many({})
    await store.append(SECOND)

    totals = await database.usage_daily.find().to_list()

    assert sum(number_in(total, "requests") for total in totals) == len(SECOND.entries)
