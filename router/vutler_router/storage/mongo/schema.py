"""Indexes and the schema's version; collections have no other schema."""

import secrets
from collections.abc import Sequence
from typing import Final

from bson import Int64
from pymongo.errors import DuplicateKeyError

from vutler_router.errors import StorageError
from vutler_router.storage.mongo.connection import Collection, Database, Document, storage_errors
from vutler_router.storage.mongo.month_meters import MonthMeters

__all__ = ["migrate"]

_SCHEMA: Final = 2
"""2: months have meters."""

_INDEXES: Final = (
    ("agents", [("token_sha256", 1)], "token", True),
    ("agents", [("workspace_id", 1), ("_id", 1)], "workspace", False),
    ("token_usage", [("agent_id", 1), ("timestamp", 1)], "agent_time", False),
    ("token_usage", [("workspace_id", 1), ("timestamp", 1)], "workspace_time", False),
    ("usage_daily", [("day", 1)], "day", False),
    ("usage_daily", [("agent_id", 1), ("day", 1)], "agent_day", False),
    ("usage_daily", [("workspace_id", 1), ("day", 1)], "workspace_day", False),
    ("usage_monthly", [("month", 1), ("agent_id", 1)], "month_agent", False),
    ("managed_overage", [("month", 1), ("agent_id", 1)], "month_agent", False),
    ("limit_states", [("agent_id", 1), ("version", -1)], "newest", False),
    ("alerts", [("month", 1), ("raised_at", 1)], "month", False),
    ("alerts", [("delivered_at", 1), ("raised_at", 1)], "undelivered", False),
    ("alert_claims", [("alert_id", 1), ("until", 1)], "alert", False),
    ("alert_claims", [("until", 1)], "until", False),
    ("drive_files", [("id", 1)], "id", True),
    ("drive_files", [("workspace_id", 1), ("folder", 1), ("name", 1)], "place", False),
    ("drive_files", [("workspace_id", 1), ("agent_id", 1), ("size", 1)], "owner", False),
    ("drive_claims", [("workspace_id", 1), ("until", 1)], "workspace", False),
    ("token_usage", [("tree_id", 1), ("timestamp", 1)], "tree_time", False),
    ("asks", [("tree_id", 1), ("_id", 1)], "tree", False),
    ("asks", [("peer", 1), ("status", 1), ("deadline", 1)], "under_way", False),
    ("asks", [("parent", 1), ("started_at", 1)], "roots", False),
    ("asks", [("started_at", 1)], "started", False),
    ("tool_calls", [("agent_id", 1), ("_id", 1)], "agent", False),
    ("tool_calls", [("workspace_id", 1), ("_id", 1)], "workspace", False),
    ("tool_calls", [("time", 1)], "time", False),
    ("channels", [("key", 1)], "key", False),
    ("channels", [("workspace_id", 1), ("_id", 1)], "workspace", False),
    ("channel_messages", [("channel_key", 1), ("number", 1)], "number", False),
    ("channel_messages", [("waiting", 1), ("created_at", 1)], "waiting", False),
    ("channel_messages", [("wakes", 1), ("created_at", 1)], "wakes", False),
    ("channel_hooks", [("channel_key", 1), ("created_at", 1)], "channel", False),
    ("channel_hooks", [("token_sha256", 1)], "token", False),
    ("channel_hooks", [("kind", 1)], "kind", False),
    ("work_claims", [("work", 1), ("number", 1)], "work", False),
    ("work_claims", [("until", 1)], "until", False),
    ("mails", [("agent_id", 1), ("place", -1)], "mailbox", False),
    ("mails", [("agent_id", 1), ("direction", 1), ("created_at", 1)], "sent", False),
    ("mails", [("agent_id", 1), ("wakes", 1), ("created_at", -1)], "wakes", False),
    ("mails", [("status", 1), ("created_at", 1)], "status", False),
    ("mails", [("waiting", 1), ("created_at", 1)], "waiting", False),
    ("sessions", [("owner", 1), ("created_at", -1)], "owner", False),
)
"""Collection, keys, the index's name, and whether no two documents may have the same."""


async def migrate(database: Database) -> None:
    """Make the indexes, safe to run by several processes at once.

    Raises:
        StorageError: The server does not answer, or its data belong to a newer router.
    """
    with storage_errors():
        await _seed(database.versions, {"_id": "schema", "value": Int64(_SCHEMA)})
        stored = await database.versions.find_one({"_id": "schema"})
        found = stored["value"] if stored is not None else None
        if not isinstance(found, int) or found > _SCHEMA:
            raise StorageError(
                f"The database has schema version {found}, this router knows {_SCHEMA}: "
                f"start the newer router again, or restore the backup made before the upgrade."
            )
        await _seed(database.versions, {"_id": "agents", "value": Int64(0)})
        await _seed(database.versions, {"_id": "breakers", "value": Int64(0)})
        await _seed(database.versions, {"_id": "drive", "value": f"drive_{secrets.token_hex(8)}"})
        if found < _SCHEMA:
            await MonthMeters(database).begin_with_totals()
            await database.versions.update_one({"_id": "schema", "value": found}, {"$set": {"value": Int64(_SCHEMA)}})
        for collection, keys, name, unique in _INDEXES:
            await _make_index(database.collection(collection), keys, name, unique=unique)


async def _seed(collection: Collection, document: Document) -> None:
    """Insert a document unless it is there."""
    try:
        await collection.insert_one(document)
    except DuplicateKeyError:
        return


async def _make_index(collection: Collection, keys: Sequence[tuple[str, int]], name: str, *, unique: bool) -> None:
    """Make an index; nothing is said that holds anyway, or one that is there might seem another."""
    if unique:
        await collection.create_index(keys, name=name, unique=True)
    else:
        await collection.create_index(keys, name=name)
