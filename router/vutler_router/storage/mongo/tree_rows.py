"""Usage rows of trees of asks, in MongoDB."""

from collections.abc import Collection, Sequence
from typing import Final

from pydantic import TypeAdapter

from vutler_router.metering.tree_rows import MOST_ROWS, TreeRow
from vutler_router.storage.mongo.connection import Database, storage_errors
from vutler_router.storage.usage_rows import TREE_ROW_NAMES

__all__ = ["MongoTreeRowReader"]

_ROW: Final = TypeAdapter(TreeRow)
_FIELDS: Final = dict.fromkeys(TREE_ROW_NAMES, 1)


class MongoTreeRowReader:
    """See `TreeRowReader`."""

    def __init__(self, database: Database) -> None:
        self._rows = database.token_usage

    async def of_trees(self, tree_ids: Collection[str]) -> Sequence[TreeRow]:
        """See `TreeRowReader.of_trees`."""
        wanted = [tree_id for tree_id in tree_ids if tree_id]
        with storage_errors():
            found = (
                await self._rows.find({"tree_id": {"$in": wanted}}, _FIELDS)
                .sort("timestamp", 1)
                .limit(MOST_ROWS)
                .to_list()
            )
        return [_ROW.validate_python(document) for document in found]
