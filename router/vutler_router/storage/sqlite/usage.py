"""Questions about use, answered from SQLite's day totals."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from vutler_router.metering.totals import SUM_NAMES, Dimension, Sums, UsageLine, UsageTotal
from vutler_router.storage.sqlite.connection import Database, Value

__all__ = ["SqliteUsageReader"]

_KEYS: Final = {
    Dimension.AGENT: "agent_id",
    Dimension.MODEL: "provider || '/' || model",
    Dimension.DATE: "day",
    Dimension.CATEGORY: "category",
    Dimension.REQUEST_TYPE: "request_type",
    Dimension.TIER: "tier",
    Dimension.VARIANT: "variant",
}
_SUMS: Final = ", ".join(f"SUM({name})" for name in SUM_NAMES)


class SqliteUsageReader:
    """See `CrossReader`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def totals(
        self, by: Dimension, first: date, last: date, *, agent_id: str | None = None, workspace_id: str | None = None
    ) -> Sequence[UsageTotal]:
        """See `UsageReader.totals`."""
        found = await self.lines((by,), first, last, agent_id=agent_id, workspace_id=workspace_id)
        return [UsageTotal(line.keys[0], line.sums) for line in found]

    async def lines(
        self,
        by: Sequence[Dimension],
        first: date,
        last: date,
        *,
        agent_id: str | None = None,
        workspace_id: str | None = None,
    ) -> Sequence[UsageLine]:
        """See `CrossReader.lines`."""
        conditions, values = ["day BETWEEN ? AND ?"], [first.isoformat(), last.isoformat()]
        for column, wanted in (("agent_id", agent_id), ("workspace_id", workspace_id)):
            if wanted is not None:
                conditions.append(f"{column} = ?")
                values.append(wanted)
        keys, places = ", ".join(_KEYS[one] for one in by), ", ".join(str(place + 1) for place in range(len(by)))
        sql = (
            f"SELECT {keys}, {_SUMS} FROM usage_daily "  # noqa: S608 - constant parts; values are bound
            f"WHERE {' AND '.join(conditions)} GROUP BY {places} ORDER BY {places}"
        )
        rows, width = await self._database.read(sql, values), len(by)
        return [UsageLine(tuple(map(str, row[:width])), _sums(row[width:])) for row in rows]


def _sums(amounts: Sequence[Value]) -> Sums:
    return Sums(*(int(amount or 0) for amount in amounts))
