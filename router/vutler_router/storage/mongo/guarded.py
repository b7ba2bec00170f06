"""Updates that may be repeated: each says what it expects to find, so that it holds once."""

from collections.abc import Sequence
from typing import Final

from bson import Int64
from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from vutler_router.errors import StorageError
from vutler_router.metering.batches import Batch
from vutler_router.storage.mongo.connection import Collection, Document

__all__ = ["applied", "unapplied", "write_all"]

_AT_ONCE: Final = 25
"""Updates in one call. Servers may take 10 ms for each (FerretDB on a busy machine does): more than these would be cut
off by the time limit, again and again."""


def unapplied(batch: Batch) -> Document:
    """Match what remembers no batch of this writer that is as late as this one."""
    name = f"applied.{batch.writer}"
    return {"$or": [{name: {"$exists": False}}, {name: {"$lt": Int64(batch.number)}}]}


def applied(batch: Batch) -> Document:
    """Let a document remember that this batch changed it."""
    return {f"applied.{batch.writer}": Int64(batch.number)}


async def write_all(collection: Collection, updates: Sequence[UpdateOne]) -> int:
    """Make updates in any order and return how many found their document.

    Raises:
        StorageError: The server refused one; make them all again.
    """
    matched = 0
    for start in range(0, len(updates), _AT_ONCE):
        try:
            result = await collection.bulk_write(updates[start : start + _AT_ONCE], ordered=False)
        except BulkWriteError as error:
            raise StorageError("The database did not keep what was counted; trying again.", retry_after=1) from error
        matched += result.matched_count
    return matched
