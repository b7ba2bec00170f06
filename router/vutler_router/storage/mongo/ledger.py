"""Usage rows, day totals and what goes beyond plans in MongoDB, in step without transactions.

A batch is appended in steps, each of which may be repeated, so that an append that was cut short is completed by doing
it again:

1. Rows are inserted, unordered, by their unique request id; each remembers the batch that brought it. After a
   repetition the batch's rows are exactly those that carry its mark. What goes beyond a plan is written into them as
   it is thought to be.
2. The month's meter of each agent is moved past the batch. It only moves from where it was thought to stand, so this
   tells what was used before the batch, whatever other routers do.
3. Rows are corrected whose overage was thought wrong.
4. Day totals are raised by what the batch's rows add, guarded by the number of the last batch that this writer applied
   to them. A writer applies its batches in order, so one number for each writer is enough.
5. Overage records are raised in the same way.
6. The writer's record says that the batch is done.

Guarded updates rest on MongoDB changing one document atomically ("Atomicity and Transactions", MongoDB manual).
FerretDB v1 reads and writes it in two steps, so that of two routers that write at the same moment one may be lost: run
one router on it, or let `reconcile --repair` mend what it lost. Upserts are avoided: repeated after an unclean end they
wedge FerretDB v1.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from bson import Int64
from pymongo import UpdateOne

from vutler_router.metering.batches import Batch
from vutler_router.metering.ledger import Entry
from vutler_router.metering.overage import AgentMonth, judged, overages_of, plan_use
from vutler_router.metering.totals import SUM_NAMES, DayKey, Sums, sum_by_day
from vutler_router.storage.mongo.connection import Database, Document, insert_missing, storage_errors, wide
from vutler_router.storage.mongo.guarded import applied, unapplied, write_all
from vutler_router.storage.mongo.month_meters import MonthMeters
from vutler_router.storage.mongo.numbers import number_in
from vutler_router.storage.mongo.overage import OverageRecords
from vutler_router.storage.usage_rows import ENTRY_NAMES, batch_mark, entry_values

__all__ = ["MongoLedgerStore", "total_document", "total_id"]

_KNOWN_TOTALS: Final = 20_000
"""Totals remembered to exist; forgetting one costs an insert that is refused."""


class MongoLedgerStore:
    """See `LedgerStore`."""

    def __init__(self, database: Database) -> None:
        self._rows = database.token_usage
        self._totals = database.usage_daily
        self._writers = database.ledger_writers
        self._meters = MonthMeters(database)
        self._overages = OverageRecords(database)
        self._known: OrderedDict[str, None] = OrderedDict()

    async def append(self, batch: Batch) -> None:
        """See `LedgerStore.append`."""
        if not batch.entries:
            return
        with storage_errors():
            stands = await self._meters.read(plan_use(batch.entries))
            expected = judged(batch.entries, stands)
            taken = await insert_missing(self._rows, [_row(entry, batch_mark(batch)) for entry in expected])
            if not taken:
                await self.complete(batch, expected, stands)
            elif not await self._is_done(batch):
                await self.complete(batch, await self._brought(batch, expected, taken), stands)

    async def complete(self, batch: Batch, stored: Sequence[Entry], stands: Mapping[AgentMonth, int]) -> None:
        """Do all but the first step.

        Args:
            batch: What is appended.
            stored: The rows that it brought, as they are stored now.
            stands: Where the months' meters are thought to stand.

        Raises:
            StorageError: The server did not confirm it; append the same batch again.
        """
        entries = judged(stored, await self._meters.move(batch, plan_use(stored), stands))
        await self._correct(stored, entries)
        await self._raise_totals(batch, sum_by_day(entries))
        await self._overages.add(batch, overages_of(entries))
        await self._say_done(batch, len(entries))

    async def _brought(self, batch: Batch, expected: Sequence[Entry], taken: set[str]) -> list[Entry]:
        """Return the rows that this batch brought, now or at an earlier attempt, with the overage they were given."""
        earlier = self._rows.find(
            {"_id": {"$in": sorted(taken)}, "batch": batch_mark(batch)}, {"overage_tokens": 1, "price_total": 1}
        )
        mine = {str(document["_id"]): document for document in await earlier.to_list()}
        return [
            replace(entry, overage_tokens=number_in(row, "overage_tokens"), price_total=number_in(row, "price_total"))
            if (row := mine.get(entry.request_id))
            else entry
            for entry in expected
            if entry.request_id not in taken or entry.request_id in mine
        ]

    async def _correct(self, stored: Sequence[Entry], entries: Sequence[Entry]) -> None:
        """Write the overage of rows that are stored with another."""
        updates = [
            UpdateOne(
                {"_id": entry.request_id},
                {"$set": wide({"overage_tokens": entry.overage_tokens, "price_total": entry.price_total})},
            )
            for old, entry in zip(stored, entries, strict=True)
            if old is not entry
        ]
        if updates:
            await write_all(self._rows, updates)

    async def _raise_totals(self, batch: Batch, sums: Mapping[DayKey, Sums]) -> None:
        """Add to totals what this batch has not added yet."""
        if not sums:
            return
        await self._insert_totals({total_id(key): key for key in sums})
        updates = [_raise(batch, key, amounts) for key, amounts in sums.items()]
        if await write_all(self._totals, updates) < len(updates):
            # Some were raised already, or are gone though they were known.
            self._known.clear()
            await self._insert_totals({total_id(key): key for key in sums})
            await write_all(self._totals, updates)

    async def _insert_totals(self, keys: Mapping[str, DayKey]) -> None:
        """Make sure that totals exist, at zero."""
        missing = {name: key for name, key in keys.items() if name not in self._known}
        if missing:
            await insert_missing(self._totals, [total_document(key, Sums()) for key in missing.values()])
        for name in missing:
            self._known[name] = None
        while len(self._known) > _KNOWN_TOTALS:
            self._known.popitem(last=False)

    async def _is_done(self, batch: Batch) -> bool:
        """Whether this batch was appended to its end; one that came after it may have been as well."""
        found = await self._writers.find_one({"_id": batch.writer})
        return found is not None and number_in(found, "number") >= batch.number

    async def _say_done(self, batch: Batch, rows: int) -> None:
        """Keep what the writer has brought so far."""
        done = UpdateOne(
            {"_id": batch.writer, "number": {"$lt": Int64(batch.number)}},
            {"$set": wide({"number": batch.number, "answered": batch.answered}), "$inc": wide({"rows": rows})},
        )
        if not await write_all(self._writers, [done]):
            zero: Document = {"_id": batch.writer, **wide({"number": 0, "answered": 0, "rows": 0})}
            await insert_missing(self._writers, [zero])
            await write_all(self._writers, [done])


def _row(entry: Entry, mark: str) -> Document:
    values = (Int64(value) if type(value) is int else value for value in entry_values(entry))
    fields = zip(ENTRY_NAMES, values, strict=True)
    return {"_id": entry.request_id, **dict(fields), "timestamp": entry.timestamp, "batch": mark}


def _raise(batch: Batch, key: DayKey, sums: Sums) -> UpdateOne:
    """Raise a total, unless this batch did so already."""
    added = wide(dict(zip(SUM_NAMES, sums.amounts(), strict=True)))
    return UpdateOne({"_id": total_id(key), **unapplied(batch)}, {"$inc": added, "$set": applied(batch)})


def total_id(key: DayKey) -> str:
    """Name a total so that no two keys share a name; without a variant it is the name that older routers gave it."""
    names = [key.day.isoformat(), key.agent_id, key.provider, key.model, key.tier, key.category, key.request_type]
    return json.dumps([*names, key.variant] if key.variant else names)


def total_document(key: DayKey, sums: Sums) -> Document:
    """Write a total to which no batch was applied."""
    return {
        "_id": total_id(key),
        "day": key.day.isoformat(),
        "agent_id": key.agent_id,
        "workspace_id": key.workspace_id,
        "provider": key.provider,
        "model": key.model,
        "target": f"{key.provider}/{key.model}",
        "tier": key.tier,
        "category": key.category,
        "request_type": key.request_type,
        "variant": key.variant,
        "applied": {},
        **wide(dict(zip(SUM_NAMES, sums.amounts(), strict=True))),
    }
