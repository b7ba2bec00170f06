"""Usage rows and day totals in MongoDB, in step without transactions.

A batch is appended in three steps, each of which may be repeated:

1. Rows are inserted, unordered, by their unique request id; each remembers the batch that brought it. After a
   repetition the batch's rows are exactly those that carry its mark.
2. Totals that do not exist yet are inserted as zeros.
3. Each total is raised by what the batch's rows add, guarded by the number of the last batch that this writer applied
   to it. A writer applies its batches in order, so one number per writer is enough.

Upserts are avoided: repeated after an unclean end they wedge FerretDB v1.
"""

import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Final

from bson import Int64
from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from vutler_router.errors import StorageError
from vutler_router.metering.batches import Batch
from vutler_router.metering.ledger import Entry
from vutler_router.metering.totals import SUM_NAMES, DayKey, Sums, sum_by_day
from vutler_router.storage.mongo.connection import Database, Document, insert_missing, storage_errors, wide
from vutler_router.storage.records import ENTRY_NAMES, entry_values

__all__ = ["MongoLedgerStore"]

_KNOWN_TOTALS: Final = 20_000
"""Totals remembered to exist; forgetting one costs an insert that is refused."""


class MongoLedgerStore:
    """See `LedgerStore`."""

    def __init__(self, database: Database) -> None:
        self._rows = database.token_usage
        self._totals = database.usage_daily
        self._known: OrderedDict[str, None] = OrderedDict()

    async def append(self, batch: Batch) -> None:
        """See `LedgerStore.append`."""
        if not batch.entries:
            return
        with storage_errors():
            mine = await self._insert_rows(batch)
            sums = sum_by_day(mine)
            if sums:
                await self._insert_totals(sums)
                await self._raise_totals(batch, sums)

    async def _insert_rows(self, batch: Batch) -> list[Entry]:
        """Insert what is missing and return the rows that this batch brought, now or at an earlier attempt."""
        mark = _mark(batch)
        taken = await insert_missing(self._rows, [_row(entry, mark) for entry in batch.entries])
        if not taken:
            return list(batch.entries)
        earlier = self._rows.find({"_id": {"$in": sorted(taken)}, "batch": mark}, {"_id": 1})
        mine = {document["_id"] for document in await earlier.to_list()}
        return [entry for entry in batch.entries if entry.request_id not in taken or entry.request_id in mine]

    async def _insert_totals(self, keys: Iterable[DayKey]) -> None:
        """Make sure that totals exist, at zero."""
        missing = {name: key for key in keys if (name := _total_id(key)) not in self._known}
        if missing:
            await insert_missing(self._totals, [_zero(name, key) for name, key in missing.items()])
        for name in missing:
            self._known[name] = None
        while len(self._known) > _KNOWN_TOTALS:
            self._known.popitem(last=False)

    async def _raise_totals(self, batch: Batch, sums: Mapping[DayKey, Sums]) -> None:
        """Add to totals what this batch has not added yet."""
        applied = f"applied.{batch.writer}"
        unapplied = {"$or": [{applied: {"$exists": False}}, {applied: {"$lt": Int64(batch.number)}}]}
        updates = [
            UpdateOne(
                {"_id": _total_id(key), **unapplied},
                {
                    "$inc": wide(dict(zip(SUM_NAMES, amounts.amounts(), strict=True))),
                    "$set": {applied: Int64(batch.number)},
                },
            )
            for key, amounts in sums.items()
        ]
        try:
            await self._totals.bulk_write(updates, ordered=False)
        except BulkWriteError as error:
            raise StorageError("The database did not add up usage; trying again.", retry_after=1) from error


def _mark(batch: Batch) -> str:
    return f"{batch.writer}/{batch.number}"


def _row(entry: Entry, mark: str) -> Document:
    values = (Int64(value) if type(value) is int else value for value in entry_values(entry))
    fields = zip(ENTRY_NAMES, values, strict=True)
    return {"_id": entry.request_id, **dict(fields), "timestamp": entry.timestamp, "batch": mark}


def _total_id(key: DayKey) -> str:
    """Name a total so that no two keys share a name."""
    return json.dumps(
        [key.day.isoformat(), key.agent_id, key.provider, key.model, key.tier, key.category, key.request_type]
    )


def _zero(name: str, key: DayKey) -> Document:
    return {
        "_id": name,
        "day": key.day.isoformat(),
        "agent_id": key.agent_id,
        "workspace_id": key.workspace_id,
        "provider": key.provider,
        "model": key.model,
        "target": f"{key.provider}/{key.model}",
        "tier": key.tier,
        "category": key.category,
        "request_type": key.request_type,
        "applied": {},
        **wide(dict.fromkeys(SUM_NAMES, 0)),
    }
