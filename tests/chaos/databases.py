"""The databases that a run can be made on, empty, with the settings that lead a router there."""

import base64
import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.chaos.books import Database, MongoDatabase, SqliteDatabase
from tests.support.mongo import ferretdb_process

__all__ = ["KINDS", "opened_database"]

KINDS = ("sqlite", "ferretdb")


class Held:
    """A server's process, held still and let go on by signals."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def hold(self) -> None:
        """See `Stoppable.hold`."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """See `Stoppable.go_on`."""
        self._process.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def opened_database(kind: str, folder: Path) -> Iterator[tuple[Database, dict[str, str]]]:
    """Open an empty database; yield it and the router's settings."""
    if kind == "sqlite":
        yield SqliteDatabase(str(folder / "data" / "vutler.db")), {}
        return
    with ferretdb_process() as (server, process):
        url = f"{server}chaos"
        try:
            key = base64.b64encode(os.urandom(32)).decode()
            yield MongoDatabase(url, Held(process)), {"DATABASE_URL": url, "LLM_ENCRYPTION_KEY": key}
        finally:
            process.send_signal(signal.SIGCONT)
