"""Questions about use, answered from MongoDB's day totals."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from operator import itemgetter
from typing import Final

from vutler_router.metering.totals import SUM_NAMES, Dimension, Sums, UsageTotal
from vutler_router.storage.mongo.connection import Database, Document, storage_errors

__all__ = ["MongoUsageReader"]

_FIELDS: Final = {
    Dimension.AGENT: "agent_id",
    Dimension.MODEL: "target",
    Dimension.DATE: "day",
    Dimension.CATEGORY: "category",
}
_SUMS: Final = {name: {"$sum": f"${name}"} for name in SUM_NAMES}
_amounts: Final = itemgetter(*SUM_NAMES)


class MongoUsageReader:
    """See `UsageReader`.

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
        wanted: Document = {"day": {"$gte": first.isoformat(), "$lte": last.isoformat()}}
        if agent_id is not None:
            wanted["agent_id"] = agent_id
        if workspace_id is not None:
            wanted["workspace_id"] = workspace_id
        with storage_errors():
            found = await (self._added_there if self._server_adds else self._added_here)(_FIELDS[by], wanted)
        return sorted(found, key=lambda total: total.key)

    async def _added_there(self, field: str, wanted: Document) -> list[UsageTotal]:
        group: Document = {"_id": f"${field}", **_SUMS}
        cursor = await self._totals.aggregate([{"$match": wanted}, {"$group": group}])
        return [UsageTotal(str(document["_id"]), _sums(document)) for document in await cursor.to_list()]

    async def _added_here(self, field: str, wanted: Document) -> list[UsageTotal]:
        sums: defaultdict[str, Sums] = defaultdict(Sums)
        async for document in self._totals.find(wanted, {field: 1, **dict.fromkeys(SUM_NAMES, 1)}):
            sums[str(document[field])] += _sums(document)
        return [UsageTotal(key, amounts) for key, amounts in sums.items()]


def _sums(document: Document) -> Sums:
    return Sums(*(int(amount) for amount in _amounts(document)))
