"""Single usage rows, in MongoDB."""

from vutler_router.metering.ledger import Entry
from vutler_router.storage.mongo.connection import Database, storage_errors
from vutler_router.storage.usage_rows import entry_from_object

__all__ = ["MongoRowReader"]


class MongoRowReader:
    """See `RowReader`."""

    def __init__(self, database: Database) -> None:
        self._rows = database.token_usage

    async def find(self, request_id: str) -> Entry | None:
        """See `RowReader.find`."""
        with storage_errors():
            found = await self._rows.find_one({"_id": request_id})
        return None if found is None else entry_from_object(found)
