"""The audit of tool calls in MongoDB."""

from collections.abc import Sequence
from datetime import datetime

from bson import Int64

from vutler_router.domain.tool_audit import ToolCall, ToolCallFilter, ToolCallPage
from vutler_router.storage.mongo.connection import Database, Document, insert_missing, storage_errors
from vutler_router.storage.tool_call_records import TOOL_CALL_NAMES, tool_call_from_object, tool_call_values

__all__ = ["MongoAuditLog"]


class MongoAuditLog:
    """See `AuditLog`."""

    def __init__(self, database: Database) -> None:
        self._calls = database.tool_calls

    async def add(self, calls: Sequence[ToolCall]) -> None:
        """See `AuditLog.add`."""
        if calls:
            with storage_errors():
                await insert_missing(self._calls, [_document(call) for call in calls])

    async def page(self, wanted: ToolCallFilter, *, limit: int, cursor: str | None) -> ToolCallPage:
        """See `AuditLog.page`."""
        fields = {"agent_id": wanted.agent_id, "workspace_id": wanted.workspace_id, "tool": wanted.tool}
        asked: Document = {name: value for name, value in fields.items() if value is not None}
        if cursor is not None:
            asked["_id"] = {"$lt": cursor}
        with storage_errors():
            documents = await self._calls.find(asked).sort("_id", -1).limit(limit + 1).to_list()
        found = [tool_call_from_object({**document, "id": document["_id"]}) for document in documents]
        return ToolCallPage(tuple(found[:limit]), found[limit - 1].id if len(found) > limit else None)

    async def sweep(self, before: datetime) -> None:
        """See `AuditLog.sweep`."""
        with storage_errors():
            await self._calls.delete_many({"time": {"$lt": before}})


def _document(call: ToolCall) -> Document:
    values = (Int64(value) if type(value) is int else value for value in tool_call_values(call))
    return {"_id": call.id, **dict(zip(TOOL_CALL_NAMES, values, strict=True))}
