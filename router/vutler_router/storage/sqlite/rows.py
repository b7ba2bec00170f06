"""Single usage rows, in SQLite."""

from typing import Final

from vutler_router.metering.ledger import Entry
from vutler_router.storage.sqlite.connection import Database
from vutler_router.storage.usage_rows import ENTRY_NAMES, entry_from_object

__all__ = ["SqliteRowReader"]

_NAMES: Final = (*ENTRY_NAMES, "timestamp")
_FIND: Final = f"SELECT {', '.join(_NAMES)} FROM token_usage WHERE request_id = ?"  # noqa: S608 - constant parts


class SqliteRowReader:
    """See `RowReader`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, request_id: str) -> Entry | None:
        """See `RowReader.find`."""
        rows = await self._database.read(_FIND, (request_id,))
        return entry_from_object(dict(zip(_NAMES, rows[0], strict=True))) if rows else None
