"""Statements of closed months, in SQLite."""

import json

from vutler_router.domain.llm_json import JsonObject
from vutler_router.storage.sqlite.connection import Database

__all__ = ["SqliteStatementStore"]


class SqliteStatementStore:
    """See `StatementStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, workspace_id: str, month: str) -> JsonObject | None:
        """See `StatementStore.find`."""
        sql = "SELECT body FROM statements WHERE workspace_id = ? AND month = ?"
        rows = await self._database.read(sql, (workspace_id, month))
        return _statement(str(rows[0][0])) if rows else None

    async def keep(self, workspace_id: str, month: str, statement: JsonObject) -> JsonObject:
        """See `StatementStore.keep`."""
        async with self._database.transaction() as transaction:
            await transaction.run(
                "INSERT INTO statements VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (workspace_id, month, json.dumps(statement)),
            )
            ((kept,),) = await transaction.read(
                "SELECT body FROM statements WHERE workspace_id = ? AND month = ?", (workspace_id, month)
            )
        return _statement(str(kept))


def _statement(text: str) -> JsonObject:
    found: JsonObject = json.loads(text)
    return found
