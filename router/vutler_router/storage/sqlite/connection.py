"""The one module that talks to SQLite's driver."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Final

import aiosqlite

from vutler_router.errors import StorageError

__all__ = ["Database", "Row", "Value"]

Value = str | int | float | bytes | None
"""What SQLite stores."""

Row = tuple[Value, ...]

_OWNER_ONLY: Final = 0o600
_STATEMENTS_KEPT: Final = 256

_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # a confirmed row survives a power cut; commits are grouped, so it is cheap
    "PRAGMA foreign_keys = ON",
)


class Database:
    """A file in WAL mode with one connection that writes and one that reads meanwhile.

    Every method raises `StorageError` for what SQLite refuses, but lets `sqlite3.IntegrityError` through, which says
    that a key is taken.
    """

    def __init__(self, writer: aiosqlite.Connection, reader: aiosqlite.Connection, path: Path) -> None:
        self._writer = writer
        self._reader = reader
        self._path = path
        self._writing = asyncio.Lock()
        self._closed = False

    @classmethod
    async def open(cls, path: Path, *, busy_seconds: float) -> "Database":
        """Open the file, making it and its folder where they are missing; only the owner may read it."""
        with _translated(path):
            _prepare(path)
            async with contextlib.AsyncExitStack() as opened:
                writer = await _connect(path, busy_seconds)
                opened.push_async_callback(writer.close)
                for pragma in _PRAGMAS:
                    await writer.execute(pragma)
                reader = await _connect(path, busy_seconds)
                opened.push_async_callback(reader.close)
                await reader.execute("PRAGMA query_only = ON")
                opened.pop_all()
        return cls(writer, reader, path)

    async def aclose(self) -> None:
        """Close both connections; the last to close folds the log into the file."""
        self._closed = True
        await self._reader.close()
        await self._writer.close()

    async def ping(self) -> None:
        """Return when the file can be read."""
        await self.read("SELECT 1")

    async def read(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        """Return all rows of a query."""
        self._check_open()
        with _translated(self._path):
            return [tuple(row) for row in await self._reader.execute_fetchall(sql, values)]

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator["Transaction"]:
        """Write several things or none."""
        async with self._writing:
            self._check_open()
            with _translated(self._path):
                try:
                    await self._writer.execute("BEGIN IMMEDIATE")
                    yield Transaction(self._writer)
                except BaseException:
                    # Who is cancelled while it begins does not know whether it has: it will, in the driver's thread.
                    with contextlib.suppress(sqlite3.OperationalError):
                        await self._writer.execute("ROLLBACK")
                    raise
                await self._writer.execute("COMMIT")

    def _check_open(self) -> None:
        if self._closed:
            raise StorageError("The database is closed; the router is shutting down.", retry_after=1)


class Transaction:
    """What can be done between the beginning and the end of a transaction."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def run(self, sql: str, values: Sequence[Value] = ()) -> int:
        """Run one statement and return how many rows it changed."""
        async with self._connection.execute(sql, values) as cursor:
            return cursor.rowcount

    async def run_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run one statement for each row of values."""
        async with self._connection.executemany(sql, rows):
            pass

    async def read(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        """Return all rows of a query, this transaction's own changes included."""
        return [tuple(row) for row in await self._connection.execute_fetchall(sql, values)]


def _prepare(path: Path) -> None:
    """Make the file before SQLite does, so that nobody else may ever read it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=_OWNER_ONLY)
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}; make its folder writable.") from None


async def _connect(path: Path, busy_seconds: float) -> aiosqlite.Connection:
    return await aiosqlite.connect(path, timeout=busy_seconds, isolation_level=None, cached_statements=_STATEMENTS_KEPT)


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Turn the driver's errors into ours."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.Error as error:
        raise StorageError(f"The database {path.name} did not do what was asked: {error}.", retry_after=1) from error
