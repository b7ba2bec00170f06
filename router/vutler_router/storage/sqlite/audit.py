"""What is kept about use beside its rows, in SQLite; each comparison is one statement and so of one moment."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from vutler_router.metering.audit import DayLine, MonthLine, WriterLine
from vutler_router.metering.overage import MonthUse
from vutler_router.metering.totals import SUM_NAMES, DayKey, Sums
from vutler_router.storage.sqlite.connection import Database, Value
from vutler_router.storage.usage_rows import key_values

__all__ = ["SqliteLedgerAudit"]

_KEY: Final = "agent_id, workspace_id, provider, model, tier, category, request_type, variant"
_ADDED: Final = {
    "requests": "COUNT(*)",
    "plan_tokens": "SUM(iif(tier <> '', tokens_total, 0))",
    "unpriced": "SUM(NOT priced)",
    "errors": "SUM(classification_ms IS NOT NULL AND status = 'error')",
    "latency_ms": "SUM(iif(classification_ms IS NULL, 0, latency_ms))",
    "saved": "SUM(iif(cost_strongest > 0 AND priced, cost_strongest - cost_total, 0))",
}
_ROW_SUMS: Final = ", ".join(_ADDED.get(name, f"SUM({name})") for name in SUM_NAMES)

_WORKSPACES: Final = """
WITH RECURSIVE workspaces (id) AS (
    SELECT min(workspace_id) FROM token_usage
    UNION ALL
    SELECT (SELECT min(workspace_id) FROM token_usage WHERE workspace_id > id) FROM workspaces WHERE id IS NOT NULL
)
"""
"""Every workspace with rows, each found by one step in the index: so a span of time can be read through it."""

_OF_SPAN: Final = (
    "workspaces CROSS JOIN token_usage AS used INDEXED BY token_usage_by_workspace "
    "ON used.workspace_id = workspaces.id AND used.timestamp >= ?1 AND used.timestamp < ?2"
)
_DAYS: Final = f"""
{_WORKSPACES}
SELECT DISTINCT substr(used.timestamp, 1, 10) AS day FROM {_OF_SPAN}
UNION SELECT DISTINCT day FROM usage_daily WHERE day >= ?1 AND day < ?2
ORDER BY day
"""  # noqa: S608 - constant parts
_DAY: Final = f"""
{_WORKSPACES}
SELECT 'rows' AS side, {_KEY}, {_ROW_SUMS} FROM {_OF_SPAN} GROUP BY {_KEY}
UNION ALL SELECT 'total', {_KEY}, {", ".join(SUM_NAMES)} FROM usage_daily WHERE day = ?1
"""  # noqa: S608 - constant parts
_MONTH: Final = f"""
{_WORKSPACES}
SELECT agent_id, SUM(row_tokens), SUM(row_overage), SUM(row_price), SUM(tokens), SUM(overage), SUM(price) FROM (
    SELECT agent_id, tokens_total AS row_tokens, overage_tokens AS row_overage, price_total AS row_price,
        0 AS tokens, 0 AS overage, 0 AS price
    FROM {_OF_SPAN} WHERE tier <> ''
    UNION ALL SELECT agent_id, 0, 0, 0, tokens, 0, 0 FROM usage_monthly WHERE month = ?3
    UNION ALL SELECT agent_id, 0, 0, 0, 0, tokens, price FROM managed_overage WHERE month = ?3
) GROUP BY agent_id ORDER BY agent_id
"""  # noqa: S608 - constant parts
_WRITERS: Final = """
SELECT writer, answered, ledger_writers.rows, ifnull(found, 0) FROM ledger_writers LEFT JOIN (
    SELECT substr(batch, 1, instr(batch, '/') - 1) AS brought_by, COUNT(*) AS found
    FROM token_usage WHERE batch <> '' GROUP BY brought_by
) ON brought_by = writer ORDER BY writer
"""

_TOTAL: Final = f"day = ? AND ({_KEY}) = (?, ?, ?, ?, ?, ?, ?, ?)"
_KEPT: Final = """
SELECT ifnull((SELECT tokens FROM usage_monthly WHERE agent_id = ?1 AND month = ?2), 0),
    ifnull((SELECT tokens FROM managed_overage WHERE agent_id = ?1 AND month = ?2), 0),
    ifnull((SELECT price FROM managed_overage WHERE agent_id = ?1 AND month = ?2), 0)
"""
_BEYOND: Final = "FROM token_usage WHERE agent_id = ?1 AND timestamp >= ?3 AND timestamp < ?4 AND overage_tokens > 0"
_RECORD: Final = f"""
INSERT INTO managed_overage (agent_id, month, workspace_id, tier, tokens, price, passed_at, updated_at)
SELECT agent_id, ?2, workspace_id, tier, SUM(overage_tokens), SUM(price_total),
    (SELECT min(timestamp) {_BEYOND}), max(timestamp)
{_BEYOND} GROUP BY agent_id
"""
"""Workspace and tier are those of the last row: SQLite takes bare columns from where the one `max` is."""


class SqliteLedgerAudit:
    """See `LedgerAudit`. A batch is one transaction, so none is ever half done."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def days(self, first: date, last: date) -> Sequence[date]:
        """See `LedgerAudit.days`."""
        span = first.isoformat(), (last + timedelta(days=1)).isoformat()
        return [date.fromisoformat(str(day)) for (day,) in await self._database.read(_DAYS, span)]

    async def day_lines(self, day: date) -> Sequence[DayLine]:
        """See `LedgerAudit.day_lines`."""
        sides: dict[str, dict[DayKey, Sums]] = {"rows": {}, "total": {}}
        span = day.isoformat(), (day + timedelta(days=1)).isoformat()
        for side, *values in await self._database.read(_DAY, span):
            key = DayKey(day, *map(str, values[: -len(SUM_NAMES)]))
            sides[str(side)][key] = _sums(values[-len(SUM_NAMES) :])
        rows, totals = sides["rows"], sides["total"]
        return [DayLine(key, rows.get(key, Sums()), totals.get(key)) for key in rows | totals]

    async def month_lines(self, month: str) -> Sequence[MonthLine]:
        """See `LedgerAudit.month_lines`."""
        found = await self._database.read(_MONTH, (*_days_of(month), month))
        return [
            MonthLine(
                MonthUse(str(agent), month, *map(_whole, amounts[:3])),
                MonthUse(str(agent), month, *map(_whole, amounts[3:])),
            )
            for agent, *amounts in found
        ]

    async def writer_lines(self) -> Sequence[WriterLine]:
        """See `LedgerAudit.writer_lines`."""
        return [
            WriterLine(str(writer), *map(_whole, amounts)) for writer, *amounts in await self._database.read(_WRITERS)
        ]

    async def finish(self, line: WriterLine) -> bool:  # noqa: ARG002 - there is never anything to do
        """See `LedgerAudit.finish`."""
        return False

    async def mend_day(self, line: DayLine) -> bool:
        """See `LedgerAudit.mend_day`."""
        key = key_values(line.key)
        names = ", ".join(SUM_NAMES)
        async with self._database.transaction() as transaction:
            found = await transaction.read(f"SELECT {names} FROM usage_daily WHERE {_TOTAL}", key)  # noqa: S608
            if (_sums(found[0]) if found else None) != line.total:
                return False
            await transaction.run(f"DELETE FROM usage_daily WHERE {_TOTAL}", key)  # noqa: S608 - constant parts
            if line.rows.requests:
                marks = ", ".join("?" * (len(key) + len(SUM_NAMES)))
                sql = f"INSERT INTO usage_daily (day, {_KEY}, {names}) VALUES ({marks})"  # noqa: S608
                await transaction.run(sql, (*key, *line.rows.amounts()))
        return True

    async def mend_month(self, line: MonthLine) -> bool:
        """See `LedgerAudit.mend_month`."""
        agent, month, right = line.rows.agent_id, line.rows.month, line.rows
        async with self._database.transaction() as transaction:
            (kept,) = await transaction.read(_KEPT, (agent, month))
            if MonthUse(agent, month, *map(_whole, kept)) != line.kept:
                return False
            for table in ("usage_monthly", "managed_overage"):
                await transaction.run(f"DELETE FROM {table} WHERE agent_id = ? AND month = ?", (agent, month))  # noqa: S608
            if right.plan_tokens:
                await transaction.run("INSERT INTO usage_monthly VALUES (?, ?, ?)", (agent, month, right.plan_tokens))
            await transaction.run(_RECORD, (agent, month, *_days_of(month)))
        return True


def _days_of(month: str) -> tuple[str, str]:
    """Return a month's first day and the first one after it."""
    first = date.fromisoformat(f"{month}-01")
    return first.isoformat(), (first + timedelta(days=32)).replace(day=1).isoformat()


def _sums(amounts: Sequence[Value]) -> Sums:
    return Sums(*map(_whole, amounts))


def _whole(amount: Value) -> int:
    return int(amount or 0)
