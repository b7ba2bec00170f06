"""Statements of closed months, in MongoDB."""

import json

from pymongo.errors import DuplicateKeyError

from vutler_router.domain.llm_json import JsonObject
from vutler_router.errors import StorageError
from vutler_router.storage.mongo.connection import Database, Document, storage_errors

__all__ = ["MongoStatementStore"]


class MongoStatementStore:
    """See `StatementStore`. A statement is kept as text, so that it comes back letter for letter."""

    def __init__(self, database: Database) -> None:
        self._statements = database.statements

    async def find(self, workspace_id: str, month: str) -> JsonObject | None:
        """See `StatementStore.find`."""
        with storage_errors():
            found = await self._statements.find_one({"_id": _id(workspace_id, month)})
        return _statement(found["body"]) if found is not None else None

    async def keep(self, workspace_id: str, month: str, statement: JsonObject) -> JsonObject:
        """See `StatementStore.keep`."""
        document: Document = {
            "_id": _id(workspace_id, month),
            "workspace_id": workspace_id,
            "month": month,
            "body": json.dumps(statement),
        }
        with storage_errors():
            try:
                await self._statements.insert_one(document)
            except DuplicateKeyError:
                pass
            else:
                return _statement(document["body"])
        kept = await self.find(workspace_id, month)
        if kept is None:
            raise StorageError("The statement that was kept is gone; try again.", retry_after=1)
        return kept


def _id(workspace_id: str, month: str) -> str:
    return json.dumps([workspace_id, month])


def _statement(body: object) -> JsonObject:
    found: JsonObject = json.loads(str(body))
    return found
