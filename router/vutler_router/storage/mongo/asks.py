"""Asks in MongoDB."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bson import Int64

from vutler_router.domain.ask_store import MOST_OF_TREE, Ask, AskEnd, AskPage
from vutler_router.storage.ask_records import ASK_NAMES, ask_from_object, ask_values
from vutler_router.storage.mongo.connection import Database, Document, storage_errors

__all__ = ["MongoAskStore"]

_RUNNING: Final = "running"


class MongoAskStore:
    """See `AskStore`."""

    def __init__(self, database: Database) -> None:
        self._asks = database.asks

    async def add(self, ask: Ask) -> None:
        """See `AskStore.add`."""
        values = (Int64(value) if type(value) is int else value for value in ask_values(ask))
        with storage_errors():
            await self._asks.insert_one({"_id": ask.id, **dict(zip(ASK_NAMES, values, strict=True))})

    async def finish(self, ask_id: str, end: AskEnd) -> None:
        """See `AskStore.finish`."""
        counts = {"tokens_input": end.tokens_input, "tokens_output": end.tokens_output}
        known = {name: None if count is None else Int64(count) for name, count in counts.items()}
        change = {"$set": {"status": str(end.status), "ended_at": end.ended_at, **known}}
        with storage_errors():
            await self._asks.update_one({"_id": ask_id, "status": _RUNNING}, change)

    async def under_way(self, agent_id: str, now: datetime) -> Sequence[Ask]:
        """See `AskStore.under_way`."""
        wanted: Document = {"peer": agent_id, "status": _RUNNING, "deadline": {"$gt": now}}
        with storage_errors():
            return [_ask(document) for document in await self._asks.find(wanted).sort("_id", 1).to_list()]

    async def of_tree(self, tree_id: str) -> Sequence[Ask]:
        """See `AskStore.of_tree`."""
        with storage_errors():
            found = await self._asks.find({"tree_id": tree_id}).sort("_id", 1).limit(MOST_OF_TREE).to_list()
        return [_ask(document) for document in found]

    async def roots(
        self, first: datetime, end: datetime, *, workspace_id: str | None, limit: int, cursor: str | None
    ) -> AskPage:
        """See `AskStore.roots`."""
        wanted: Document = {"parent": "", "started_at": {"$gte": first, "$lt": end}}
        if workspace_id is not None:
            wanted["workspace_id"] = workspace_id
        if cursor is not None:
            wanted["_id"] = {"$lt": cursor}
        with storage_errors():
            found = [
                _ask(document) for document in await self._asks.find(wanted).sort("_id", -1).limit(limit + 1).to_list()
            ]
        return AskPage(tuple(found[:limit]), found[limit - 1].id if len(found) > limit else None)

    async def sweep(self, before: datetime) -> None:
        """See `AskStore.sweep`."""
        with storage_errors():
            await self._asks.delete_many({"started_at": {"$lt": before}})


def _ask(document: Document) -> Ask:
    return ask_from_object({**document, "id": document["_id"]})
