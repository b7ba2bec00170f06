"""The ledger's tables and collections as they lie in the database, to be looked at and to be damaged."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Mapping
from typing import Protocol

from bson import Int64
from typing_extensions import override

from vutler_router.settings import Settings
from vutler_router.storage.mongo.connection import Database

__all__ = ["RawLedger", "Row", "raw_ledger"]

Row = Mapping[str, object]


class RawLedger(Protocol):
    """Tables by name: `token_usage`, `usage_daily`, `usage_monthly`, `managed_overage`, `ledger_writers`."""

    async def rows(self, table: str) -> list[Row]:
        """Return all that is in a table."""
        ...

    async def change(self, table: str, **values: str | int) -> None:
        """Write the same values into all that is in a table."""
        ...

    async def empty(self, table: str) -> None:
        """Delete all that is in a table."""
        ...

    async def delete_rows(self, *request_ids: str) -> None:
        """Delete usage rows."""
        ...


class _SqliteLedger(RawLedger):
    def __init__(self, path: str) -> None:
        self._path = path

    @override
    async def rows(self, table: str) -> list[Row]:
        with contextlib.closing(sqlite3.connect(self._path)) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(f"SELECT * FROM {table}")]  # noqa: S608

    @override
    async def change(self, table: str, **values: str | int) -> None:
        columns = ", ".join(f"{name} = ?" for name in values)
        self._run(f"UPDATE {table} SET {columns}", *values.values())  # noqa: S608 - a test's own names

    @override
    async def empty(self, table: str) -> None:
        self._run(f"DELETE FROM {table}")  # noqa: S608

    @override
    async def delete_rows(self, *request_ids: str) -> None:
        for request_id in request_ids:
            self._run("DELETE FROM token_usage WHERE request_id = ?", request_id)

    def _run(self, sql: str, *values: str | int) -> None:
        with contextlib.closing(sqlite3.connect(self._path)) as database, database:
            database.execute(sql, values)


class _MongoLedger(RawLedger):
    def __init__(self, database: Database) -> None:
        self._database = database.token_usage.database

    @override
    async def rows(self, table: str) -> list[Row]:
        return [dict(document) for document in await self._database[table].find().to_list()]

    @override
    async def change(self, table: str, **values: str | int) -> None:
        wide = {name: Int64(value) if isinstance(value, int) else value for name, value in values.items()}
        await self._database[table].update_many({}, {"$set": wide})

    @override
    async def empty(self, table: str) -> None:
        await self._database[table].delete_many({})

    @override
    async def delete_rows(self, *request_ids: str) -> None:
        await self._database["token_usage"].delete_many({"_id": {"$in": list(request_ids)}})


@contextlib.asynccontextmanager
async def raw_ledger(settings: Settings) -> AsyncIterator[RawLedger]:
    """Open the database that the settings name, beside the router."""
    if not settings.uses_mongo or settings.database_url is None:
        yield _SqliteLedger(str(settings.sqlite_path))
        return
    database = Database.connect(settings.database_url.get_secret_value(), seconds=30)
    try:
        yield _MongoLedger(database)
    finally:
        await database.aclose()
