"""Usage rows, day totals and what goes beyond plans, in SQLite."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final

from vutler_router.metering.batches import Batch
from vutler_router.metering.ledger import Entry
from vutler_router.metering.overage import AgentMonth, Overage, judged, overages_of, plan_use
from vutler_router.metering.totals import SUM_NAMES, DayKey, Sums, sum_by_day
from vutler_router.storage.sqlite.connection import Database, Transaction, Value
from vutler_router.storage.usage_rows import ENTRY_NAMES, batch_mark, entry_values, key_values

__all__ = ["SqliteLedgerStore"]

_ROW_COLUMNS: Final = (*ENTRY_NAMES, "timestamp", "batch")
_INTO: Final = f"INSERT OR IGNORE INTO token_usage ({', '.join(_ROW_COLUMNS)}) VALUES "  # noqa: S608 - constant parts
_ONE_ROW: Final = f"({', '.join('?' * len(_ROW_COLUMNS))})"
_FEW: Final = 8
_MANY: Final = 128
_INSERTS: Final = {size: _INTO + ", ".join([_ONE_ROW] * size) for size in (_FEW, _MANY)}
"""Statements for so many rows at once. A statement a row would give up Python's lock and wait for it again each time,
up to 5 ms in a busy process: a second and more for a batch, while requests come faster than that."""

_KEY_COLUMNS: Final = (
    *("day", "agent_id", "workspace_id", "provider", "model", "tier", "category", "request_type", "variant"),
)
_ADD: Final = (
    f"INSERT INTO usage_daily ({', '.join((*_KEY_COLUMNS, *SUM_NAMES))}) "  # noqa: S608 - constant parts
    f"VALUES ({', '.join('?' * (len(_KEY_COLUMNS) + len(SUM_NAMES)))}) "
    f"ON CONFLICT DO UPDATE SET {', '.join(f'{name} = {name} + excluded.{name}' for name in SUM_NAMES)}"
)
_KNOWN: Final = "SELECT request_id FROM token_usage WHERE request_id IN (SELECT value FROM json_each(?))"
_MOVE_METERS: Final = """
INSERT INTO usage_monthly (agent_id, month, tokens)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]')
FROM json_each(?) WHERE true
ON CONFLICT DO UPDATE SET tokens = tokens + excluded.tokens
RETURNING agent_id, month, tokens
"""
_EXCEED: Final = """
INSERT INTO managed_overage (agent_id, month, workspace_id, tier, tokens, price, passed_at, updated_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    tokens = tokens + excluded.tokens,
    price = price + excluded.price,
    workspace_id = iif(excluded.updated_at > updated_at, excluded.workspace_id, workspace_id),
    tier = iif(excluded.updated_at > updated_at, excluded.tier, tier),
    passed_at = min(passed_at, excluded.passed_at),
    updated_at = max(updated_at, excluded.updated_at)
"""
_WROTE: Final = """
INSERT INTO ledger_writers (writer, number, answered, rows) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    number = max(number, excluded.number),
    answered = iif(excluded.number >= number, excluded.answered, answered),
    rows = rows + excluded.rows
"""
_SECONDS_KEPT: Final = 1_024


class SqliteLedgerStore:
    """See `LedgerStore`: all that a batch changes is one transaction, so its identity is needed for audits alone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, batch: Batch) -> None:
        """See `LedgerStore.append`."""
        if not batch.entries:
            return
        ids = json.dumps([entry.request_id for entry in batch.entries])
        async with self._database.transaction() as transaction:
            known = {row[0] for row in await transaction.read(_KNOWN, (ids,))}
            new = [entry for entry in batch.entries if entry.request_id not in known]
            if new:
                await _add(transaction, judged(new, await _move_meters(transaction, plan_use(new))), batch_mark(batch))
            await transaction.run(_WROTE, (batch.writer, batch.number, batch.answered, len(new)))


async def _add(transaction: Transaction, entries: Sequence[Entry], mark: str) -> None:
    """Insert rows and raise what they add up to."""
    for sql, values in _inserts([_row(entry, mark) for entry in entries]):
        await transaction.read(sql, values)
    await transaction.run_many(_ADD, [_total(key, sums) for key, sums in sum_by_day(entries).items()])
    overages = overages_of(entries)
    if overages:
        await transaction.run_many(_EXCEED, [_record(overage) for overage in overages])


async def _move_meters(transaction: Transaction, use: Mapping[AgentMonth, int]) -> dict[AgentMonth, int]:
    """Add to what agents used of their months and return what it was before."""
    if not use:
        return {}
    moves = json.dumps([(*key, tokens) for key, tokens in use.items()])
    now = {
        AgentMonth(str(agent), str(month)): int(tokens or 0)
        for agent, month, tokens in await transaction.read(_MOVE_METERS, (moves,))
    }
    return {key: now[key] - tokens for key, tokens in use.items()}


def _inserts(rows: Sequence[Sequence[Value]]) -> Iterator[tuple[str, Sequence[Value]]]:
    """Yield statements that insert these rows; the last one is filled up with a row that is in it already."""
    start = 0
    while start < len(rows):
        size = _MANY if len(rows) - start > _MANY // 4 else _FEW
        chunk = rows[start : start + size]
        yield _INSERTS[size], [value for row in (*chunk, *[chunk[-1]] * (size - len(chunk))) for value in row]
        start += size


def _row(entry: Entry, mark: str) -> tuple[Value, ...]:
    return (*entry_values(entry), _text(entry.timestamp), mark)


def _record(overage: Overage) -> tuple[Value, ...]:
    return (
        overage.agent_id,
        overage.month,
        overage.workspace_id,
        overage.tier,
        overage.tokens,
        overage.price,
        _text(overage.passed_at),
        _text(overage.updated_at),
    )


def _text(moment: datetime) -> str:
    """Write a time in one width and in UTC, so that texts compare as times do; rows of a batch share their seconds."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    second = _second(utc.date(), utc.hour, utc.minute, utc.second)
    return f"{second}.{utc.microsecond // 1000:03}+00:00"


@lru_cache(_SECONDS_KEPT)
def _second(day: date, hour: int, minute: int, second: int) -> str:
    return f"{day.isoformat()}T{hour:02}:{minute:02}:{second:02}"


def _total(key: DayKey, sums: Sums) -> tuple[Value, ...]:
    return (*key_values(key), *sums.amounts())
