"""The router's books, read in the database beside it."""

import contextlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import MongoClient

__all__ = ["Books", "read_mongo", "read_sqlite"]

_TABLES = ("token_usage", "usage_daily", "managed_overage")

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Books:
    """Everything that was written."""

    rows: Sequence[Record]
    totals: Sequence[Record]
    overages: Sequence[Record]


def read_sqlite(path: str, seconds: float) -> Books:
    """Return what is in a file, waiting so long for whoever holds it."""
    with contextlib.closing(sqlite3.connect(path, timeout=seconds)) as connection:
        connection.row_factory = sqlite3.Row
        return Books(*([dict(row) for row in connection.execute(f"SELECT * FROM {name}")] for name in _TABLES))  # noqa: S608 - constant names


def read_mongo(url: str, seconds: float) -> Books:
    """Return what a server has. Raises `PyMongoError` if it does not say so in time."""
    with contextlib.closing(MongoClient[Record](url, timeoutMS=int(1_000 * seconds))) as client:
        database = client.get_default_database()
        return Books(*(list(database[name].find()) for name in _TABLES))
