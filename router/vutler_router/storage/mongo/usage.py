"""Questions about use, answered from MongoDB's day totals."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from vutler_router.metering.totals import SUM_NAMES, Dimension, Sums, UsageTotal
from vutler_router.storage.mongo.connection import Database, Document, storage_errors

__all__ = ["MongoUsageReader"]

_KEYS: Final = {
    Dimension.AGENT: "$agent_id",
    Dimension.MODEL: "$target",
    Dimension.DATE: "$day",
    Dimension.CATEGORY: "$category",
}


class MongoUsageReader:
    """See `UsageReader`."""

    def __init__(self, database: Database) -> None:
        self._totals = database.usage_daily

    async def totals(
        self, by: Dimension, first: date, last: date, *, agent_id: str | None = None, workspace_id: str | None = None
    ) -> Sequence[UsageTotal]:
        """See `UsageReader.totals`."""
        wanted: Document = {"day": {"$gte": first.isoformat(), "$lte": last.isoformat()}}
        if agent_id is not None:
            wanted["agent_id"] = agent_id
        if workspace_id is not None:
            wanted["workspace_id"] = workspace_id
        group: Document = {"_id": _KEYS[by], **{name: {"$sum": f"${name}"} for name in SUM_NAMES}}
        with storage_errors():
            cursor = await self._totals.aggregate([{"$match": wanted}, {"$group": group}])
            found = await cursor.to_list()
        return sorted((_total(document) for document in found), key=lambda total: total.key)


def _total(document: Document) -> UsageTotal:
    return UsageTotal(str(document["_id"]), Sums(*(_amount(document[name]) for name in SUM_NAMES)))


def _amount(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0
