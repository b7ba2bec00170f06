"""Usage rows and day totals in SQLite."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Final

from vutler_router.metering.batches import Batch
from vutler_router.metering.ledger import Entry
from vutler_router.metering.totals import SUM_NAMES, DayKey, Sums, sum_by_day
from vutler_router.storage.records import ENTRY_NAMES, entry_values
from vutler_router.storage.sqlite.connection import Database, Value

__all__ = ["SqliteLedgerStore"]

_ROW_COLUMNS: Final = (*ENTRY_NAMES, "timestamp")
_INTO: Final = f"INSERT OR IGNORE INTO token_usage ({', '.join(_ROW_COLUMNS)}) VALUES "  # noqa: S608 - constant parts
_ONE_ROW: Final = f"({', '.join('?' * len(_ROW_COLUMNS))})"
_FEW: Final = 8
_MANY: Final = 128
_INSERTS: Final = {size: _INTO + ", ".join([_ONE_ROW] * size) for size in (_FEW, _MANY)}
"""Statements for so many rows at once. A statement a row would give up Python's lock and wait for it again each time,
up to 5 ms in a busy process: a second and more for a batch, while requests come faster than that."""

_KEY_COLUMNS: Final = ("day", "agent_id", "workspace_id", "provider", "model", "tier", "category", "request_type")
_ADD: Final = (
    f"INSERT INTO usage_daily ({', '.join((*_KEY_COLUMNS, *SUM_NAMES))}) "  # noqa: S608 - constant parts
    f"VALUES ({', '.join('?' * (len(_KEY_COLUMNS) + len(SUM_NAMES)))}) "
    f"ON CONFLICT DO UPDATE SET {', '.join(f'{name} = {name} + excluded.{name}' for name in SUM_NAMES)}"
)


class SqliteLedgerStore:
    """See `LedgerStore`: rows and totals are one transaction, so a batch needs no identity here."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, batch: Batch) -> None:
        """See `LedgerStore.append`."""
        ids = json.dumps([entry.request_id for entry in batch.entries])
        known_sql = "SELECT request_id FROM token_usage WHERE request_id IN (SELECT value FROM json_each(?))"
        async with self._database.transaction() as transaction:
            known = {row[0] for row in await transaction.read(known_sql, (ids,))}
            new = [entry for entry in batch.entries if entry.request_id not in known]
            if new:
                for sql, values in _inserts([_row(entry) for entry in new]):
                    await transaction.read(sql, values)
                await transaction.run_many(_ADD, [_total(key, sums) for key, sums in sum_by_day(new).items()])


def _inserts(rows: Sequence[Sequence[Value]]) -> Iterator[tuple[str, Sequence[Value]]]:
    """Yield statements that insert these rows; the last one is filled up with a row that is in it already."""
    start = 0
    while start < len(rows):
        size = _MANY if len(rows) - start > _MANY // 4 else _FEW
        chunk = rows[start : start + size]
        yield _INSERTS[size], [value for row in (*chunk, *[chunk[-1]] * (size - len(chunk))) for value in row]
        start += size


def _row(entry: Entry) -> tuple[Value, ...]:
    return (*entry_values(entry), entry.timestamp.astimezone(UTC).isoformat(timespec="milliseconds"))


def _total(key: DayKey, sums: Sums) -> tuple[Value, ...]:
    return (
        key.day.isoformat(),
        key.agent_id,
        key.workspace_id,
        key.provider,
        key.model,
        key.tier,
        key.category,
        key.request_type,
        *sums.amounts(),
    )
