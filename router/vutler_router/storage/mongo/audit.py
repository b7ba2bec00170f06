"""What is kept about use beside its rows, in MongoDB.

There are no snapshots, and routers write meanwhile: a row comes before it is added up. So what was added up is read
first, with the batches that it holds, and rows of later batches are left out. A batch counts as held when its writer
had finished it, or when the total, the meter or the record says so itself. Rows of a router that kept no such records
count always.
"""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from bson import Int64
from pymongo.errors import DuplicateKeyError

from vutler_router.metering.audit import DayLine, MonthLine, WriterLine
from vutler_router.metering.batches import Batch
from vutler_router.metering.overage import AgentMonth, MonthUse, Overage, overages_of, plan_use
from vutler_router.metering.totals import SUM_NAMES, DayKey, Sums
from vutler_router.storage.mongo.connection import Collection, Database, Document, storage_errors, wide
from vutler_router.storage.mongo.ledger import MongoLedgerStore, total_document, total_id
from vutler_router.storage.mongo.month_meters import MonthMeters, meter_document, meter_id
from vutler_router.storage.mongo.numbers import number_in
from vutler_router.storage.mongo.overage import overage_document
from vutler_router.storage.usage_rows import entry_from_object

__all__ = ["MongoLedgerAudit"]

_ROWS_AT_ONCE: Final = 5_000
"""Rows fetched at once; what is kept of them is sums alone."""

_WORKSPACE: Final = {"_id": 0, "workspace_id": 1}
_MARK: Final = {"batch": 1, "included_tokens": 1}
_KEY: Final = ("agent_id", "workspace_id", "provider", "model", "tier", "category", "request_type", "variant")
_AMOUNTS: Final = (
    *("tokens_input", "tokens_output", "tokens_total", "tokens_cached", "tokens_reasoning", "overage_tokens"),
    *("cost_input", "cost_output", "cost_total", "price_total", "corrected"),
    *("cost_estimated", "classification_cost", "classification_ms"),
)
_JUDGED: Final = ("priced", "status", "latency_ms", "cost_strongest")
"""What is added up in another way than as it is."""

_DAY_FIELDS: Final = {**dict.fromkeys((*_KEY, *_AMOUNTS, *_JUDGED), 1), **_MARK}
_MONTH_FIELDS: Final = {**dict.fromkeys(("agent_id", "tokens_total", "overage_tokens", "price_total"), 1), **_MARK}


class MongoLedgerAudit:
    """See `LedgerAudit`."""

    def __init__(self, database: Database) -> None:
        self._rows = database.token_usage
        self._totals = database.usage_daily
        self._months = database.usage_monthly
        self._overages = database.managed_overage
        self._writers = database.ledger_writers
        self._ledger = MongoLedgerStore(database)
        self._meters = MonthMeters(database)

    async def days(self, first: date, last: date) -> Sequence[date]:
        """See `LedgerAudit.days`."""
        with storage_errors():
            span = {"$gte": first.isoformat(), "$lte": last.isoformat()}
            found = {str(total["day"]) async for total in self._totals.find({"day": span}, {"day": 1})}
            workspaces = await self._workspaces()
            for day in (first + timedelta(days=number) for number in range((last - first).days + 1)):
                if day.isoformat() not in found:
                    row = await self._rows.find_one(_of_span(workspaces, day, day + timedelta(days=1)), {"_id": 1})
                    found |= {day.isoformat()} if row is not None else set()
        return sorted(map(date.fromisoformat, found))

    async def day_lines(self, day: date) -> Sequence[DayLine]:
        """See `LedgerAudit.day_lines`."""
        with storage_errors():
            finished = await self._finished()
            found = await self._totals.find({"day": day.isoformat()}).to_list()
            totals = {_key(document, day): document for document in found}
            rows: defaultdict[DayKey, Sums] = defaultdict(Sums)
            async for row in self._of_span(day, day + timedelta(days=1), _DAY_FIELDS):
                key = _key(row, day)
                if _is_held(row, finished, totals.get(key, {})):
                    rows[key] += _row_sums(row)
        kept = {key: _sums(document) for key, document in totals.items()}
        return [DayLine(key, rows.get(key, Sums()), kept.get(key)) for key in rows | kept]

    async def month_lines(self, month: str) -> Sequence[MonthLine]:
        """See `LedgerAudit.month_lines`."""
        first = date.fromisoformat(f"{month}-01")
        with storage_errors():
            finished = await self._finished()
            meters, records = await _by_agent(self._months, month), await _by_agent(self._overages, month)
            used: Counter[str] = Counter()
            beyond: Counter[str] = Counter()
            price: Counter[str] = Counter()
            async for row in self._of_span(first, _next_month(first), _MONTH_FIELDS, tier={"$ne": ""}):
                agent = str(row["agent_id"])
                if _is_held(row, finished, meters.get(agent, {})):
                    used[agent] += number_in(row, "tokens_total")
                if _is_held(row, finished, records.get(agent, {})):
                    beyond[agent] += number_in(row, "overage_tokens")
                    price[agent] += number_in(row, "price_total")
        kept = {
            agent: MonthUse(
                agent,
                month,
                number_in(meters.get(agent, {}), "tokens"),
                number_in(records.get(agent, {}), "tokens"),
                number_in(records.get(agent, {}), "price"),
            )
            for agent in sorted({*meters, *records, *used, *beyond})
        }
        return [
            MonthLine(MonthUse(agent, month, used[agent], beyond[agent], price[agent]), use)
            for agent, use in kept.items()
        ]

    async def writer_lines(self) -> Sequence[WriterLine]:
        """See `LedgerAudit.writer_lines`."""
        found: Counter[str] = Counter()
        later: defaultdict[str, Counter[int]] = defaultdict(Counter)
        with storage_errors():
            writers = {str(document["_id"]): document async for document in self._writers.find()}
            marked: Document = {"included_tokens": {"$exists": True}}
            async for row in self._rows.find(marked, {"_id": 0, "batch": 1}).batch_size(_ROWS_AT_ONCE):
                writer, number = _batch_of(row)
                if number <= number_in(writers.get(writer, {}), "number"):
                    found[writer] += 1
                else:
                    later[writer][number] += 1
            finished = await self._finished()
        return [
            WriterLine(
                writer,
                number_in(writers.get(writer, {}), "answered"),
                number_in(writers.get(writer, {}), "rows"),
                found[writer],
                max((number for number in later[writer] if number > finished.get(writer, 0)), default=0),
            )
            for writer in sorted({*writers, *later})
        ]

    async def finish(self, line: WriterLine) -> bool:
        """See `LedgerAudit.finish`."""
        with storage_errors():
            done = await self._writers.find_one({"_id": line.writer}) or {}
            rows = await self._rows.find({"batch": f"{line.writer}/{line.begun}"}).to_list()
            if not rows or number_in(done, "number") >= line.begun:
                return False
            entries = tuple(map(entry_from_object, rows))
            answered = max(number_in(done, "answered"), number_in(done, "rows") + len(entries))
            batch = Batch(line.writer, line.begun, entries, answered)
            await self._ledger.complete(batch, entries, await self._meters.read(plan_use(entries)))
        return True

    async def mend_day(self, line: DayLine) -> bool:
        """See `LedgerAudit.mend_day`."""
        with storage_errors():
            if line.total is None:
                return await _inserted(self._totals, total_document(line.key, line.rows))
            # A total of an older router lacks fields; whatever is added to a total changes `requests`.
            kept = dict(zip(SUM_NAMES, line.total.amounts(), strict=True))
            same = {name: amount for name, amount in wide(kept).items() if amount or name == "requests"}
            right = wide(dict(zip(SUM_NAMES, line.rows.amounts(), strict=True)))
            return await _replaced(self._totals, {"_id": total_id(line.key), **same}, line.rows.requests, right)

    async def mend_month(self, line: MonthLine) -> bool:
        """See `LedgerAudit.mend_month`."""
        with storage_errors():
            return await self._mend_meter(line.rows, line.kept) and await self._mend_record(line.rows, line.kept)

    async def _mend_meter(self, right: MonthUse, kept: MonthUse) -> bool:
        if right.plan_tokens == kept.plan_tokens:
            return True
        key = AgentMonth(right.agent_id, right.month)
        same: Document = {"_id": meter_id(key), "tokens": Int64(kept.plan_tokens)}
        changed = await self._months.update_one(same, {"$set": wide({"tokens": right.plan_tokens})})
        return bool(changed.matched_count) or await _inserted(self._months, meter_document(key, right.plan_tokens))

    async def _mend_record(self, right: MonthUse, kept: MonthUse) -> bool:
        amounts = wide({"tokens": right.overage_tokens, "price": right.overage_price})
        if amounts == wide({"tokens": kept.overage_tokens, "price": kept.overage_price}):
            return True
        if kept.overage_tokens or kept.overage_price:
            same: Document = {"agent_id": right.agent_id, "month": right.month}
            same |= wide({"tokens": kept.overage_tokens, "price": kept.overage_price})
            return await _replaced(self._overages, same, right.overage_tokens, amounts)
        record = await self._record(right)
        return await _inserted(self._overages, overage_document(record))

    async def _record(self, right: MonthUse) -> Overage:
        """Make the record that the rows speak of."""
        first = date.fromisoformat(f"{right.month}-01")
        span = {"$gte": _midnight(first), "$lt": _midnight(_next_month(first))}
        beyond: Document = {"agent_id": right.agent_id, "timestamp": span, "overage_tokens": {"$gt": Int64(0)}}
        (record,) = overages_of([entry_from_object(row) async for row in self._rows.find(beyond)])
        return replace(record, tokens=right.overage_tokens, price=right.overage_price)

    async def _finished(self) -> dict[str, int]:
        """Return the last batch that each writer has finished."""
        return {str(document["_id"]): number_in(document, "number") async for document in self._writers.find()}

    async def _workspaces(self) -> list[str]:
        """Find every workspace with rows, a step in the index for each; `distinct` takes no time limit on FerretDB."""
        found: list[str] = []
        wanted: Document = {}
        while rows := await self._rows.find(wanted, _WORKSPACE).sort("workspace_id", 1).limit(1).to_list():
            found.append(str(rows[0]["workspace_id"]))
            wanted = {"workspace_id": {"$gt": found[-1]}}
        return found

    async def _of_span(
        self, first: date, end: date, fields: Mapping[str, int], **conditions: object
    ) -> AsyncIterator[Document]:
        """Give out the rows of some days, through the index by workspace."""
        wanted: Document = {**_of_span(await self._workspaces(), first, end), **conditions}
        async for row in self._rows.find(wanted, fields).batch_size(_ROWS_AT_ONCE):
            yield row


async def _by_agent(collection: Collection, month: str) -> dict[str, Document]:
    return {str(document["agent_id"]): document async for document in collection.find({"month": month})}


async def _inserted(collection: Collection, document: Document) -> bool:
    """Insert a document, and say whether there was none."""
    try:
        await collection.insert_one(document)
    except DuplicateKeyError:
        return False
    return True


async def _replaced(collection: Collection, same: Document, rows: int, right: Mapping[str, Int64]) -> bool:
    """Change what is still the same, or remove it where there are no rows; say whether it was."""
    if rows:
        return bool((await collection.update_one(same, {"$set": right})).matched_count)
    return bool((await collection.delete_one(same)).deleted_count)


def _is_held(row: Mapping[str, object], finished: Mapping[str, int], kept: Mapping[str, object]) -> bool:
    """Whether what is kept should hold a row."""
    if "included_tokens" not in row:
        return True
    writer, number = _batch_of(row)
    return number <= max(finished.get(writer, 0), number_in(kept, "applied", writer))


def _batch_of(row: Mapping[str, object]) -> tuple[str, int]:
    writer, _, number = str(row["batch"]).partition("/")
    return writer, int(number)


def _row_sums(row: Mapping[str, object]) -> Sums:
    strongest, is_told = number_in(row, "cost_strongest"), "classification_ms" in row
    return Sums(
        requests=1,
        plan_tokens=number_in(row, "tokens_total") if row["tier"] else 0,
        unpriced=int(not row["priced"]),
        errors=int(is_told and row["status"] == "error"),
        latency_ms=number_in(row, "latency_ms") if is_told else 0,
        saved=strongest - number_in(row, "cost_total") if strongest > 0 and row["priced"] else 0,
        **{name: number_in(row, name) for name in _AMOUNTS},
    )


def _sums(total: Mapping[str, object]) -> Sums:
    return Sums(**{name: number_in(total, name) for name in SUM_NAMES})


def _key(document: Mapping[str, object], day: date) -> DayKey:
    """Read what a total is kept by; an older router wrote no variant."""
    return DayKey(day, *(str(document.get(name, "")) for name in _KEY))


def _of_span(workspaces: Sequence[object], first: date, end: date) -> Document:
    return {"workspace_id": {"$in": workspaces}, "timestamp": {"$gte": _midnight(first), "$lt": _midnight(end)}}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)
