"""Checks that every answer was booked exactly once, by reading the rows that the router wrote."""

import contextlib
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.router.workload import TOKENS

__all__ = ["Booked", "read_booked", "wait_until_booked"]

_POLL_SECONDS: Final = 0.1
_ROWS: Final = "SELECT COUNT(*), COALESCE(SUM(tokens_total), 0) FROM token_usage"
_DAYS: Final = "SELECT COALESCE(SUM(requests), 0), COALESCE(SUM(tokens_input + tokens_output), 0) FROM usage_daily"


@dataclass(frozen=True, slots=True)
class Booked:
    """What the ledger holds: its rows, and the day totals that are kept beside them."""

    rows: int
    row_tokens: int
    day_requests: int
    day_tokens: int

    def matches(self, answers: int) -> bool:
        """Whether each answer was booked once, with the tokens that the upstream named."""
        wanted = (answers, answers * TOKENS)
        return (self.rows, self.row_tokens) == wanted and (self.day_requests, self.day_tokens) == wanted


def read_booked(database: Path) -> Booked:
    """Read the sums from the router's file while the router runs."""
    with contextlib.closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        rows, row_tokens = connection.execute(_ROWS).fetchone()
        requests, day_tokens = connection.execute(_DAYS).fetchone()
    return Booked(rows, row_tokens, requests, day_tokens)


def wait_until_booked(read: Callable[[], Booked], answers: int, seconds: float = 5.0) -> Booked:
    """Return what is booked, at the latest after so many seconds, as soon as it matches the answers."""
    deadline = time.monotonic() + seconds
    while not (booked := read()).matches(answers) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    return booked
