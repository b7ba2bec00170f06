"""Questions about use, answered from SQLite's day totals."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from vutler_router.metering.totals import SUM_NAMES, Dimension, Sums, UsageTotal
from vutler_router.storage.sqlite.connection import Database, Value

__all__ = ["SqliteUsageReader"]

_KEYS: Final = {
    Dimension.AGENT: "agent_id",
    Dimension.MODEL: "provider || '/' || model",
    Dimension.DATE: "day",
    Dimension.CATEGORY: "category",
}
_SUMS: Final = ", ".join(f"SUM({name})" for name in SUM_NAMES)


class SqliteUsageReader:
    """See `UsageReader`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def totals(
        self, by: Dimension, first: date, last: date, *, agent_id: str | None = None, workspace_id: str | None = None
    ) -> Sequence[UsageTotal]:
        """See `UsageReader.totals`."""
        conditions, values = ["day BETWEEN ? AND ?"], [first.isoformat(), last.isoformat()]
        for column, wanted in (("agent_id", agent_id), ("workspace_id", workspace_id)):
            if wanted is not None:
                conditions.append(f"{column} = ?")
                values.append(wanted)
        sql = (
            f"SELECT {_KEYS[by]} AS key, {_SUMS} FROM usage_daily "  # noqa: S608 - constant parts; values are bound
            f"WHERE {' AND '.join(conditions)} GROUP BY key ORDER BY key"
        )
        return [UsageTotal(str(key), _sums(amounts)) for key, *amounts in await self._database.read(sql, values)]


def _sums(amounts: Sequence[Value]) -> Sums:
    return Sums(*(int(amount or 0) for amount in amounts))
