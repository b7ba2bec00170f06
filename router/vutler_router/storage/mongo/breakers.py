"""Breakers that opened and closed, in MongoDB."""

import json
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import Final

from bson import Int64
from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from vutler_router.domain.breaker_store import MOST_RECORDS, BreakerRecord
from vutler_router.errors import StorageError
from vutler_router.storage.mongo.connection import Database, Document, insert_missing, storage_errors
from vutler_router.storage.records import BREAKER_NAMES, breaker_from_object, breaker_values

__all__ = ["MongoBreakerStore"]

_VERSION: Final = {"_id": "breakers"}
_BATCH: Final = 500
"""Documents fetched at once: the driver decodes them in one go."""


class MongoBreakerStore:
    """See `BreakerStore`.

    A change is written first and the version raised afterwards: who sees the new version sees the change. Upserts are
    avoided: repeated after an unclean end they wedge FerretDB v1.
    """

    def __init__(self, database: Database) -> None:
        self._breakers = database.breakers
        self._versions = database.versions

    async def version(self) -> int:
        """See `BreakerStore.version`."""
        with storage_errors():
            found = await self._versions.find_one(_VERSION)
        value = found["value"] if found is not None else 0
        return value if isinstance(value, int) else 0

    async def records(self) -> AsyncIterator[BreakerRecord]:
        """See `BreakerStore.records`."""
        newest_first = self._breakers.find().sort("changed_at", -1).limit(MOST_RECORDS).batch_size(_BATCH)
        with storage_errors():
            async for document in newest_first:
                yield breaker_from_object(document)

    async def put(self, records: Collection[BreakerRecord]) -> None:
        """See `BreakerStore.put`."""
        documents = [_document(record) for record in records]
        if not documents:
            return
        with storage_errors():
            known = await insert_missing(self._breakers, documents)
            if known:
                await self._replace_older([document for document in documents if document["_id"] in known])
            await self._versions.update_one(_VERSION, {"$inc": {"value": Int64(1)}})

    async def remove_expired(self, now: datetime) -> None:
        """See `BreakerStore.remove_expired`."""
        with storage_errors():
            await self._breakers.delete_many({"expires_at": {"$lt": now}})

    async def _replace_older(self, documents: Sequence[Document]) -> None:
        """Put documents where older ones are."""
        updates = [
            UpdateOne({"_id": document["_id"], "changed_at": {"$lt": document["changed_at"]}}, {"$set": document})
            for document in documents
        ]
        try:
            await self._breakers.bulk_write(updates, ordered=False)
        except BulkWriteError as error:
            raise StorageError("The database did not keep breakers; trying again.", retry_after=1) from error


def _document(record: BreakerRecord) -> Document:
    """Name a record so that no two breakers share a name."""
    fields = dict(zip(BREAKER_NAMES, breaker_values(record), strict=True))
    return {"_id": json.dumps(record.key), **fields, "failures": Int64(record.failures)}
