"""The databases that a run can be made on, empty, and how they are taken away."""

import asyncio
import base64
import contextlib
import os
import signal
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from typing_extensions import override

from tests.chaos.books import Books, read_mongo, read_sqlite
from tests.support.mongo import ferretdb_process, free_port

__all__ = ["KINDS", "Database", "opened_database"]

KINDS = ("sqlite", "ferretdb")
_READ_SECONDS = 60.0
_LEAST_SECONDS = 2.0
_ROWS_A_SECOND = 400
"""What FerretDB v1 reads on a busy machine, without an index, to find a batch that has come before.

With a time limit too short for that, a router would repeat the same batch for ever.
"""


class Database(Protocol):
    """A database that can be read, and taken away for a while.

    Attributes:
        environment: The router's settings that lead there.
    """

    environment: Mapping[str, str]

    def patience(self, rows: int) -> float:
        """Return the seconds that a call may take once so many rows are there."""

    def read(self, seconds: float = _READ_SECONDS) -> Books:
        """Return what is in it.

        Raises:
            PyMongoError: It does not answer in time.
        """

    async def be_away(self, seconds: float) -> None:
        """Answer nobody for so long; then go on with whatever was asked meanwhile."""

    async def crash(self) -> None:
        """Be killed, and come back with what was on disk."""


class SqliteDatabase(Database):
    """A file in the router's folder; it is away while somebody else holds it, and dies with the router alone."""

    def __init__(self, path: str) -> None:
        self.environment: Mapping[str, str] = {}
        self._path = path

    @override
    def patience(self, rows: int) -> float:
        return _LEAST_SECONDS

    @override
    def read(self, seconds: float = _READ_SECONDS) -> Books:
        return read_sqlite(self._path, seconds)

    @override
    async def be_away(self, seconds: float) -> None:
        async with self._held():
            await asyncio.sleep(seconds)

    @override
    async def crash(self) -> None:
        """It has no process of its own."""

    @contextlib.asynccontextmanager
    async def _held(self) -> AsyncIterator[None]:
        connection = sqlite3.connect(self._path, timeout=30, isolation_level=None, check_same_thread=False)
        with contextlib.closing(connection):
            await asyncio.to_thread(connection.execute, "BEGIN EXCLUSIVE")
            yield
            connection.execute("ROLLBACK")


class FerretDatabase:
    """A server; it is away while its process is held still."""

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        self._folder = folder
        self._url = f"mongodb://127.0.0.1:{self._port}/chaos"
        self._running = contextlib.ExitStack()
        self._process: subprocess.Popen[bytes] | None = None
        key = base64.b64encode(os.urandom(32)).decode()
        self.environment: Mapping[str, str] = {"DATABASE_URL": self._url, "LLM_ENCRYPTION_KEY": key}

    def start(self) -> None:
        """Start it, with what its folder has."""
        _, self._process = self._running.enter_context(ferretdb_process(self._port, self._folder))

    def patience(self, rows: int) -> float:
        """See `Database.patience`."""
        return max(_LEAST_SECONDS, rows / _ROWS_A_SECOND)

    def stop(self) -> None:
        """Kill it."""
        self._running.close()

    def read(self, seconds: float = _READ_SECONDS) -> Books:
        """See `Database.read`."""
        return read_mongo(self._url, seconds)

    async def be_away(self, seconds: float) -> None:
        """See `Database.be_away`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        self._process.send_signal(signal.SIGCONT)

    async def crash(self) -> None:
        """See `Database.crash`."""
        await asyncio.to_thread(self.stop)
        await asyncio.to_thread(self.start)


@contextlib.contextmanager
def opened_database(kind: str, folder: Path) -> Iterator[Database]:
    """Open an empty database for a router whose data is in `folder / "data"`."""
    if kind == "sqlite":
        yield SqliteDatabase(str(folder / "data" / "vutler.db"))
        return
    (folder / "server").mkdir()
    database = FerretDatabase(folder / "server")
    database.start()
    try:
        yield database
    finally:
        database.stop()
