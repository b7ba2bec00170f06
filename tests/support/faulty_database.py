"""A MongoDB database whose writes fail where a test wants it, or to which something happens meanwhile."""

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum, auto
from typing import Any, cast

from pymongo.errors import AutoReconnect, BulkWriteError
from pymongo.results import BulkWriteResult, InsertManyResult

from vutler_router.storage.mongo.connection import Collection, Database

__all__ = ["Cut", "FaultyDatabase"]


class Cut(Enum):
    """How much of a write the server did before the connection broke."""

    NOTHING = auto()
    HALF = auto()
    ALL = auto()


class FaultyDatabase:
    """Stands before a database and counts its writes.

    Args:
        database: Where everything really goes.
        at: The write that is special, from 0.
        cut: How it fails; None if it does not.
        meanwhile: What happens just before it.
    """

    def __init__(
        self,
        database: Database,
        *,
        at: int,
        cut: Cut | None = None,
        meanwhile: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._database = database
        self._at = at
        self._cut = cut
        self._meanwhile = meanwhile
        self.writes = 0

    @property
    def was_reached(self) -> bool:
        """Whether there was a write of that number."""
        return self.writes > self._at

    def as_database(self) -> Database:
        """Return it as what it stands for."""
        return cast("Database", self)

    def __getattr__(self, name: str) -> "_FaultyCollection":
        return _FaultyCollection(getattr(self._database, name), self)

    async def write(self, method: Callable[..., Awaitable[Any]], items: Sequence[Any], *, ordered: bool) -> Any:
        """Write these items, or fail."""
        number, self.writes = self.writes, self.writes + 1
        if number != self._at:
            return await method(items, ordered=ordered)
        if self._meanwhile is not None:
            await self._meanwhile()
        if self._cut is None:
            return await method(items, ordered=ordered)
        done = {Cut.NOTHING: 0, Cut.HALF: len(items) // 2, Cut.ALL: len(items)}[self._cut]
        if done:
            with contextlib.suppress(BulkWriteError):
                await method(items[:done], ordered=ordered)
        raise AutoReconnect("the connection broke")


class _FaultyCollection:
    """Lets through what only reads."""

    def __init__(self, collection: Collection, database: FaultyDatabase) -> None:
        self._collection = collection
        self._faults = database

    def __getattr__(self, name: str) -> Any:
        return getattr(self._collection, name)

    async def insert_many(self, documents: Sequence[Any], *, ordered: bool) -> InsertManyResult:
        result: InsertManyResult = await self._faults.write(self._collection.insert_many, documents, ordered=ordered)
        return result

    async def bulk_write(self, updates: Sequence[Any], *, ordered: bool) -> BulkWriteResult:
        result: BulkWriteResult = await self._faults.write(self._collection.bulk_write, updates, ordered=ordered)
        return result
