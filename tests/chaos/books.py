"""The router's books, read in the database beside it."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pymongo import MongoClient

__all__ = ["AMOUNTS", "Books", "Database", "MongoDatabase", "SqliteDatabase"]

AMOUNTS = (
    "tokens_input",
    "tokens_output",
    "tokens_total",
    "overage_tokens",
    "cost_input",
    "cost_output",
    "cost_total",
    "price_total",
)
"""What rows and day totals both have."""

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Books:
    """Everything that was written."""

    rows: Sequence[Record]
    totals: Sequence[Record]
    overages: Sequence[Record]


class Database(Protocol):
    """A database that can be read, and taken away for a while."""

    def read(self) -> Books:
        """Return what is in it."""

    def rows(self) -> int:
        """Count the rows."""

    async def be_away(self, seconds: float) -> None:
        """Answer nobody for so long."""


class SqliteDatabase:
    """A file; it is away while somebody else holds it."""

    def __init__(self, path: str) -> None:
        self._path = path

    def read(self) -> Books:
        """See `Database.read`."""
        return Books(self._all("token_usage"), self._all("usage_daily"), self._all("managed_overage"))

    def rows(self) -> int:
        """See `Database.rows`."""
        with contextlib.closing(sqlite3.connect(self._path)) as connection:
            count: int = connection.execute("SELECT count(*) FROM token_usage").fetchone()[0]
            return count

    async def be_away(self, seconds: float) -> None:
        """See `Database.be_away`."""
        with contextlib.closing(sqlite3.connect(self._path, timeout=10, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            await asyncio.sleep(seconds)
            connection.execute("ROLLBACK")

    def _all(self, table: str) -> list[Record]:
        with contextlib.closing(sqlite3.connect(self._path)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]  # noqa: S608 - constant names


class Stoppable(Protocol):
    """A server that can be held still and go on, or end and begin again."""

    def hold(self) -> None:
        """Hold it still."""

    def go_on(self) -> None:
        """Let it go on."""


class MongoDatabase:
    """A server; it is away while it is held still."""

    def __init__(self, url: str, server: Stoppable) -> None:
        self._url = url
        self._server = server

    def read(self) -> Books:
        """See `Database.read`."""
        with contextlib.closing(MongoClient[Record](self._url)) as client:
            database = client.get_default_database()
            found = [list(database[name].find()) for name in ("token_usage", "usage_daily", "managed_overage")]
        return Books(*found)

    def rows(self) -> int:
        """See `Database.rows`."""
        with contextlib.closing(MongoClient[Record](self._url)) as client:
            return client.get_default_database()["token_usage"].count_documents({})

    async def be_away(self, seconds: float) -> None:
        """See `Database.be_away`."""
        self._server.hold()
        await asyncio.sleep(seconds)
        self._server.go_on()
