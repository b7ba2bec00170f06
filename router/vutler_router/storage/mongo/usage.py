"""Questions about use, answered from MongoDB's day totals."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, cast

from vutler_router.metering.totals import SUM_NAMES, Dimension, Sums, UsageLine, UsageTotal
from vutler_router.storage.mongo.connection import Database, Document, storage_errors

__all__ = ["MongoUsageReader"]

_FIELDS: Final = {
    Dimension.AGENT: "agent_id",
    Dimension.MODEL: "target",
    Dimension.DATE: "day",
    Dimension.CATEGORY: "category",
    Dimension.REQUEST_TYPE: "request_type",
    Dimension.TIER: "tier",
    Dimension.VARIANT: "variant",
}
_SUMS: Final = {name: {"$sum": f"${name}"} for name in SUM_NAMES}


class MongoUsageReader:
    """See `CrossReader`.

    The server adds up where it can. FerretDB v1 fills only the first sum of a `$group`, so `prepare` tries it out, and
    on such a server the totals are added up here.
    """

    def __init__(self, database: Database) -> None:
        self._totals = database.usage_daily
        self._versions = database.versions
        self._server_adds = False

    async def prepare(self) -> None:
        """Find out whether the server adds up several sums at once; the schema's version is a value that is not 0."""
        group: Document = {"_id": "$_id", "one": {"$sum": "$value"}, "other": {"$sum": "$value"}}
        with storage_errors():
            cursor = await self._versions.aggregate([{"$match": {"_id": "schema"}}, {"$group": group}])
            found = await cursor.to_list()
        self._server_adds = bool(found) and found[0]["one"] == found[0]["other"] != 0

    async def totals(
        self, by: Dimension, first: date, last: date, *, agent_id: str | None = None, workspace_id: str | None = None
    ) -> Sequence[UsageTotal]:
        """See `UsageReader.totals`."""
        found = await self.lines((by,), first, last, agent_id=agent_id, workspace_id=workspace_id)
        return [UsageTotal(line.keys[0], line.sums) for line in found]

    async def lines(
        self,
        by: Sequence[Dimension],
        first: date,
        last: date,
        *,
        agent_id: str | None = None,
        workspace_id: str | None = None,
    ) -> Sequence[UsageLine]:
        """See `CrossReader.lines`."""
        wanted: Document = {"day": {"$gte": first.isoformat(), "$lte": last.isoformat()}}
        if agent_id is not None:
            wanted["agent_id"] = agent_id
        if workspace_id is not None:
            wanted["workspace_id"] = workspace_id
        with storage_errors():
            add = self._added_there if self._server_adds else self._added_here
            found = await add([_FIELDS[one] for one in by], wanted)
        return sorted(found, key=lambda line: line.keys)

    async def _added_there(self, names: Sequence[str], wanted: Document) -> list[UsageLine]:
        group: Document = {"_id": {name: f"${name}" for name in names}, **_SUMS}
        cursor = await self._totals.aggregate([{"$match": wanted}, {"$group": group}])
        sums: defaultdict[tuple[str, ...], Sums] = defaultdict(Sums)
        for document in await cursor.to_list():
            sums[_keys(cast("Document", document["_id"]), names)] += _sums(document)
        return _lines(sums)

    async def _added_here(self, names: Sequence[str], wanted: Document) -> list[UsageLine]:
        sums: defaultdict[tuple[str, ...], Sums] = defaultdict(Sums)
        async for document in self._totals.find(wanted, dict.fromkeys((*names, *SUM_NAMES), 1)):
            sums[_keys(document, names)] += _sums(document)
        return _lines(sums)


def _lines(sums: Mapping[tuple[str, ...], Sums]) -> list[UsageLine]:
    return [UsageLine(keys, amounts) for keys, amounts in sums.items()]


def _keys(document: Document, names: Sequence[str]) -> tuple[str, ...]:
    """Read keys; a total of an older router has no variant, which a server that adds up leaves out or calls null."""
    return tuple(str(document.get(name) or "") for name in names)


def _sums(document: Document) -> Sums:
    """Read sums; a total of an older router lacks what was not added up then."""
    return Sums(**{name: int(amount) for name in SUM_NAMES if isinstance(amount := document.get(name), int)})
