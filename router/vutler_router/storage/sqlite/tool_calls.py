"""The audit of tool calls in SQLite."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from vutler_router.domain.tool_audit import ToolCall, ToolCallFilter, ToolCallPage
from vutler_router.storage.sqlite.connection import Database
from vutler_router.storage.tool_call_records import TOOL_CALL_NAMES, tool_call_from_object, tool_call_values

__all__ = ["SqliteAuditLog"]

_NAMES: Final = ("id", *TOOL_CALL_NAMES)
_COLUMNS: Final = ", ".join(_NAMES)
_ADD: Final = (
    f"INSERT OR IGNORE INTO tool_calls ({_COLUMNS}) "  # noqa: S608 - constant parts
    f"VALUES ({', '.join('?' * len(_NAMES))})"
)
_FILTERS: Final = ("agent_id", "workspace_id", "tool")


class SqliteAuditLog:
    """See `AuditLog`. Times are texts of one width in UTC, so that they compare as times do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, calls: Sequence[ToolCall]) -> None:
        """See `AuditLog.add`."""
        rows = [
            (call.id, *(_text(value) if isinstance(value, datetime) else value for value in tool_call_values(call)))
            for call in calls
        ]
        async with self._database.transaction() as transaction:
            await transaction.run_many(_ADD, rows)

    async def page(self, wanted: ToolCallFilter, *, limit: int, cursor: str | None) -> ToolCallPage:
        """See `AuditLog.page`."""
        asked = {name: getattr(wanted, name) for name in _FILTERS if getattr(wanted, name) is not None}
        conditions = [f"{name} = ?" for name in asked] + (["id < ?"] if cursor is not None else [])
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        rows = await self._database.read(
            f"SELECT {_COLUMNS} FROM tool_calls {where} ORDER BY id DESC LIMIT ?",  # noqa: S608 - names of fields
            (*asked.values(), *([cursor] if cursor is not None else []), limit + 1),
        )
        found = [tool_call_from_object(dict(zip(_NAMES, row, strict=True))) for row in rows]
        return ToolCallPage(tuple(found[:limit]), found[limit - 1].id if len(found) > limit else None)

    async def sweep(self, before: datetime) -> None:
        """See `AuditLog.sweep`."""
        async with self._database.transaction() as transaction:
            await transaction.run("DELETE FROM tool_calls WHERE time < ?", (_text(before),))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
