"""Usage rows of trees of asks, in SQLite."""

import json
from collections.abc import Collection, Sequence
from typing import Final

from pydantic import TypeAdapter

from vutler_router.metering.tree_rows import MOST_ROWS, TreeRow
from vutler_router.storage.sqlite.connection import Database
from vutler_router.storage.usage_rows import TREE_ROW_NAMES

__all__ = ["SqliteTreeRowReader"]

_ROW: Final = TypeAdapter(TreeRow)
_FIND: Final = (
    f"SELECT {', '.join(TREE_ROW_NAMES)} FROM token_usage "  # noqa: S608 - constant parts
    f"WHERE tree_id <> '' AND tree_id IN (SELECT value FROM json_each(?)) ORDER BY timestamp LIMIT {MOST_ROWS}"
)


class SqliteTreeRowReader:
    """See `TreeRowReader`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_trees(self, tree_ids: Collection[str]) -> Sequence[TreeRow]:
        """See `TreeRowReader.of_trees`."""
        rows = await self._database.read(_FIND, (json.dumps(list(tree_ids)),))
        return [_ROW.validate_python(dict(zip(TREE_ROW_NAMES, row, strict=True))) for row in rows]
