"""Plans that were passed, and how far agents are, in MongoDB."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from bson import Int64
from pydantic import TypeAdapter
from pymongo import UpdateOne

from vutler_router.metering.batches import Batch
from vutler_router.metering.overage import AgentMonth, Overage
from vutler_router.storage.mongo.connection import Database, Document, insert_missing, storage_errors, wide
from vutler_router.storage.mongo.guarded import applied, unapplied, write_all
from vutler_router.storage.mongo.month_meters import meter_id
from vutler_router.storage.mongo.numbers import number_in

__all__ = ["MongoOverageReader", "OverageRecords", "overage_document", "overage_id"]

_OVERAGE: Final = TypeAdapter(Overage)


class MongoOverageReader:
    """See `OverageReader`."""

    def __init__(self, database: Database) -> None:
        self._overages = database.managed_overage
        self._meters = database.usage_monthly

    async def overages(self, month: str, workspace_id: str | None = None) -> Sequence[Overage]:
        """See `OverageReader.overages`."""
        wanted: Document = {"month": month, "tokens": {"$gt": Int64(0)}}
        if workspace_id is not None:
            wanted["workspace_id"] = workspace_id
        with storage_errors():
            found = await self._overages.find(wanted).sort("agent_id", 1).to_list()
        return [_OVERAGE.validate_python(document) for document in found]

    async def month_tokens(self, agent_ids: Collection[str], month: str) -> Mapping[str, int]:
        """See `OverageReader.month_tokens`."""
        names = [meter_id(AgentMonth(agent_id, month)) for agent_id in agent_ids]
        wanted: Document = {"_id": {"$in": names}}
        with storage_errors():
            found = await self._meters.find(wanted, {"agent_id": 1, "tokens": 1}).to_list()
        used = {str(document["agent_id"]): number_in(document, "tokens") for document in found}
        return {agent_id: tokens for agent_id, tokens in used.items() if tokens}


class OverageRecords:
    """Keeps `managed_overage` in step with the rows. Every method lets the driver's errors through."""

    def __init__(self, database: Database) -> None:
        self._overages = database.managed_overage

    async def add(self, batch: Batch, overages: Collection[Overage]) -> None:
        """Add to the records what this batch has not added yet.

        Raises:
            StorageError: The server refused; add the same again.
        """
        if not overages:
            return
        await insert_missing(self._overages, [_zero(overage) for overage in overages])
        await write_all(self._overages, [update for overage in overages for update in _updates(batch, overage)])


def overage_id(overage: Overage) -> str:
    """Name a record so that no two share a name."""
    return json.dumps([overage.agent_id, overage.month])


def overage_document(overage: Overage) -> Document:
    """Write a record to which no batch was added."""
    return {
        "_id": overage_id(overage),
        "agent_id": overage.agent_id,
        "workspace_id": overage.workspace_id,
        "month": overage.month,
        "tier": overage.tier,
        **wide({"tokens": overage.tokens, "price": overage.price}),
        "passed_at": overage.passed_at,
        "updated_at": overage.updated_at,
        "applied": {},
    }


def _zero(overage: Overage) -> Document:
    return {**overage_document(overage), **wide({"tokens": 0, "price": 0})}


def _updates(batch: Batch, overage: Overage) -> tuple[UpdateOne, ...]:
    """Raise a record, once, and let it begin and end with the first and the last answer that count."""
    name = overage_id(overage)
    added = wide({"tokens": overage.tokens, "price": overage.price})
    latest = {"updated_at": overage.updated_at, "tier": overage.tier, "workspace_id": overage.workspace_id}
    return (
        UpdateOne({"_id": name, **unapplied(batch)}, {"$inc": added, "$set": applied(batch)}),
        UpdateOne({"_id": name, "updated_at": {"$lt": overage.updated_at}}, {"$set": latest}),
        UpdateOne({"_id": name, "passed_at": {"$gt": overage.passed_at}}, {"$set": {"passed_at": overage.passed_at}}),
    )
