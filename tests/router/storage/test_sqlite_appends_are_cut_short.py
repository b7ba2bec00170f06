"""A router may die at any point of an append; other routers write to the same file meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import cast

import pytest

from tests.support.router_values import NOON, make_entry
from vutler_router.domain.money import Nanos
from vutler_router.domain.plans import PlanTerms
from vutler_router.domain.usage import TokenCounts
from vutler_router.errors import StorageError
from vutler_router.metering.batches import Batch
from vutler_router.storage import Storage
from vutler_router.storage.sqlite import open_sqlite
from vutler_router.storage.sqlite.connection import Database, Row, Transaction, Value
from vutler_router.storage.sqlite.ledger import SqliteLedgerStore

AVA, MONTH = "team-a.ava", "2026-11"
INCLUDED, RATE = 1_000, 2_000
TERMS = PlanTerms(included_tokens=INCLUDED, overage_per_million=Nanos(RATE * 1_000_000))
STATEMENTS = 6
"""Known rows, meters, rows, totals, overage records, the writer."""


def batch(writer: str, number: int, size: int = 3, tokens: int = 301, answered: int | None = None) -> Batch:
    entries = tuple(
        make_entry(f"{writer}-{number}-{place}", tokens=TokenCounts(tokens, 0), tier="x", terms=TERMS)
        for place in range(size)
    )
    return Batch(writer, number, entries, number * size if answered is None else answered)


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    opened = await open_sqlite(tmp_path / "router.db", seconds=30)
    yield opened
    await opened.aclose()


class BreakingTransaction:
    """Fails at one of its statements."""

    def __init__(self, transaction: Transaction, at: int) -> None:
        self._transaction = transaction
        self._left = at

    def _count(self) -> None:
        if not self._left:
            raise StorageError("the disk is full")
        self._left -= 1

    async def run(self, sql: str, values: Sequence[Value] = ()) -> int:
        self._count()
        return await self._transaction.run(sql, values)

    async def run_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        self._count()
        await self._transaction.run_many(sql, rows)

    async def read(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        self._count()
        return await self._transaction.read(sql, values)


class BreakingDatabase:
    def __init__(self, database: Database, at: int) -> None:
        self._database = database
        self._at = at

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[BreakingTransaction]:
        async with self._database.transaction() as transaction:
            yield BreakingTransaction(transaction, self._at)


async def check(storage: Storage, *batches: Batch) -> None:
    """See that rows, totals, meters, records and writers say what these batches come to."""
    used = sum(entry.tokens.total for one in batches for entry in one.entries)
    beyond = max(used - INCLUDED, 0)
    (day,) = await storage.audit.day_lines(NOON.date())
    (month,) = await storage.audit.month_lines(MONTH)
    assert (day.rows.plan_tokens, day.rows.overage_tokens, day.rows.price_total) == (used, beyond, beyond * RATE)
    assert not day.differs
    assert not month.differs
    assert not any(line.differs for line in await storage.audit.writer_lines())


@pytest.mark.parametrize("at", range(STATEMENTS))
async def test_an_append_that_failed_anywhere_left_nothing_and_can_be_done_again(storage: Storage, at: int) -> None:
    await storage.ledger.append(batch("w", 1))
    database = cast("SqliteLedgerStore", storage.ledger)._database
    with pytest.raises(StorageError, match="disk is full"):
        await SqliteLedgerStore(cast("Database", BreakingDatabase(database, at))).append(batch("w", 2))
    await check(storage, batch("w", 1))

    for _ in range(2):
        await storage.ledger.append(batch("w", 2))

    await check(storage, batch("w", 1), batch("w", 2))


async def test_routers_that_bring_one_agent_past_its_plan_at_once_charge_every_token_once(
    storage: Storage, tmp_path: Path
) -> None:
    batches = [[batch(f"w{writer}", number, size=7, tokens=13) for number in range(1, 13)] for writer in range(2)]

    async def write(one: Storage, all_of: Sequence[Batch]) -> None:
        for each in all_of:
            await one.ledger.append(each)
            await one.ledger.append(each)

    async with aclosing(await open_sqlite(tmp_path / "router.db", seconds=30)) as other:
        await asyncio.gather(write(storage, batches[0]), write(other, batches[1]))

    await check(storage, *batches[0], *batches[1])


LARGE = batch("w", 2, size=50, tokens=30, answered=53)


@pytest.mark.parametrize("turns", range(0, 40, 3))
async def test_an_append_may_be_given_up_at_any_moment(storage: Storage, turns: int) -> None:
    await storage.ledger.append(batch("w", 1))
    giving_up = asyncio.create_task(storage.ledger.append(LARGE))
    for _ in range(turns):
        await asyncio.sleep(0)
    giving_up.cancel()
    with suppress(asyncio.CancelledError):
        await giving_up

    await storage.ledger.append(LARGE)

    await check(storage, batch("w", 1), LARGE)
