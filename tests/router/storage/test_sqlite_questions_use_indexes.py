from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import cast

import pytest

from tests.support.router_values import NOON, make_entry
from vutler_router.metering.batches import Batch
from vutler_router.metering.totals import Dimension
from vutler_router.storage.sqlite import open_sqlite
from vutler_router.storage.sqlite.audit import SqliteLedgerAudit
from vutler_router.storage.sqlite.connection import Database, Row, Value
from vutler_router.storage.sqlite.ledger import SqliteLedgerStore
from vutler_router.storage.sqlite.overage import SqliteOverageReader
from vutler_router.storage.sqlite.rows import SqliteRowReader
from vutler_router.storage.sqlite.statements import SqliteStatementStore
from vutler_router.storage.sqlite.usage import SqliteUsageReader

TODAY, MONTH, AVA = NOON.date(), "2026-11", "team-a.ava"
TABLES = ("token_usage", "usage_daily", "usage_monthly", "managed_overage", "statements")


class ExplainedDatabase:
    """Notes for every query that is read which tables SQLite goes through from end to end."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.read_whole: list[str] = []
        self.queries = 0

    async def read(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        plan = await self._database.read(f"EXPLAIN QUERY PLAN {sql}", values)
        steps = [str(step) for *_, step in plan]
        self.read_whole += [
            step for step in steps for table in TABLES if step.startswith(("SCAN " + table, "SCAN used"))
        ]
        self.queries += 1
        return await self._database.read(sql, values)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[ExplainedDatabase]:
    storage = await open_sqlite(tmp_path / "router.db")
    await storage.ledger.append(Batch("w", 1, (make_entry("1", tier="economy"),), answered=1))
    yield ExplainedDatabase(cast("SqliteLedgerStore", storage.ledger)._database)
    await storage.aclose()


async def test_no_question_of_the_api_reads_a_whole_table(database: ExplainedDatabase) -> None:
    usage, overages = SqliteUsageReader(cast("Database", database)), SqliteOverageReader(cast("Database", database))
    for by in Dimension:
        await usage.totals(by, TODAY, TODAY)
        await usage.totals(by, TODAY, TODAY, agent_id=AVA)
        await usage.totals(by, TODAY, TODAY, workspace_id="team-a")
    await overages.overages(MONTH)
    await overages.overages(MONTH, "team-a")
    await overages.month_tokens([AVA], MONTH)
    await SqliteStatementStore(cast("Database", database)).find("team-a", MONTH)
    await SqliteRowReader(cast("Database", database)).find("1")

    assert database.queries == 3 * len(Dimension) + 5
    assert database.read_whole == []


async def test_an_audit_reads_the_days_it_is_asked_for(database: ExplainedDatabase) -> None:
    audit = SqliteLedgerAudit(cast("Database", database))
    await audit.days(TODAY, TODAY)
    await audit.day_lines(TODAY)
    await audit.month_lines(MONTH)

    assert database.queries == 3
    assert database.read_whole == []
