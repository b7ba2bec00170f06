"""Indexes and the schema's version; collections have no other schema."""

from typing import Final

from bson import Int64
from pymongo.errors import DuplicateKeyError

from vutler_router.errors import StorageError
from vutler_router.storage.mongo.connection import Collection, Database, Document, storage_errors
from vutler_router.storage.mongo.month_meters import MonthMeters

__all__ = ["migrate"]

_SCHEMA: Final = 2
"""2: months have meters."""


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
        if found < _SCHEMA:
            await MonthMeters(database).begin_with_totals()
            await database.versions.update_one({"_id": "schema", "value": found}, {"$set": {"value": Int64(_SCHEMA)}})
        await database.agents.create_index([("token_sha256", 1)], unique=True, name="token")
        await database.agents.create_index([("workspace_id", 1), ("_id", 1)], name="workspace")
        await database.token_usage.create_index([("agent_id", 1), ("timestamp", 1)], name="agent_time")
        await database.token_usage.create_index([("workspace_id", 1), ("timestamp", 1)], name="workspace_time")
        await database.usage_daily.create_index([("day", 1)], name="day")
        await database.usage_daily.create_index([("agent_id", 1), ("day", 1)], name="agent_day")
        await database.usage_daily.create_index([("workspace_id", 1), ("day", 1)], name="workspace_day")
        await database.usage_monthly.create_index([("month", 1), ("agent_id", 1)], name="month_agent")
        await database.managed_overage.create_index([("month", 1), ("agent_id", 1)], name="month_agent")
        await database.limit_states.create_index([("agent_id", 1), ("version", -1)], name="newest")
        await database.alerts.create_index([("month", 1), ("raised_at", 1)], name="month")
        await database.alerts.create_index([("delivered_at", 1), ("raised_at", 1)], name="undelivered")
        await database.alert_claims.create_index([("alert_id", 1), ("until", 1)], name="alert")
        await database.alert_claims.create_index([("until", 1)], name="until")


async def _seed(collection: Collection, document: Document) -> None:
    """Insert a document unless it is there."""
    try:
        await collection.insert_one(document)
    except DuplicateKeyError:
        return
