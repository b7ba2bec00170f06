"""The usage rows that a router on SQLite has written, read beside it."""

import asyncio
import contextlib
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["Row", "UsageRows"]

Row = dict[str, Any]

_LONGEST_SECONDS = 5.0
_PERIOD_SECONDS = 0.02


class UsageRows:
    """Rows by agent, oldest first; each is read once, however many tests wait for theirs.

    Args:
        database: The router's file.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._rows: dict[str, list[Row]] = defaultdict(list)
        self._last = 0
        self._read_at = 0.0

    async def until(self, agent: str, enough: Callable[[list[Row]], bool]) -> list[Row]:
        """Return an agent's rows once they are enough, or as they are after a while."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST_SECONDS):
                while not enough(self._of(agent)):  # noqa: ASYNC110 - the database tells nobody when it changes
                    await asyncio.sleep(_PERIOD_SECONDS)
        return list(self._of(agent))

    def _of(self, agent: str) -> list[Row]:
        if time.monotonic() - self._read_at > _PERIOD_SECONDS / 2:
            self._read()
            self._read_at = time.monotonic()
        return self._rows[agent]

    def _read(self) -> None:
        with contextlib.closing(sqlite3.connect(self._database)) as connection:
            connection.row_factory = sqlite3.Row
            found = connection.execute("SELECT rowid AS place, * FROM token_usage WHERE rowid > ?", (self._last,))
            for row in map(dict, found):
                self._last = max(self._last, row.pop("place"))
                self._rows[row["agent_id"]].append(row)
