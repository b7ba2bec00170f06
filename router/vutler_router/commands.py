"""What the program does besides serving; each command tells its progress on stderr and its outcome on stdout."""

import asyncio
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from vutler_router.errors import StorageError
from vutler_router.keys.first_start import master_keys
from vutler_router.keys.sealing import Sealer
from vutler_router.services.differences import table
from vutler_router.services.key_rotation import KeyRotation, RotationTally
from vutler_router.services.reconciling import RECENT_DAYS, Reconciling
from vutler_router.settings import Settings
from vutler_router.storage import open_storage

__all__ = ["Days", "reconcile", "rotate_keys"]

_DONE: Final = 0
_INCOMPLETE: Final = 1

_MOMENT: Final = 2.0
"""Seconds after which what a router was writing is written."""

_PATIENCE: Final = 120.0
"""Seconds for one call to the database: going through a day's rows takes longer than anything that a request asks."""


@dataclass(frozen=True, slots=True)
class Days:
    """Calendar days in UTC, both included."""

    first: date
    last: date

    @classmethod
    def recent(cls, first: date | None, last: date | None) -> "Days":
        """Fill in what is not said: the last day is today, the first one lies some weeks before the last."""
        last = last or datetime.now(UTC).date()
        return cls(first or last - timedelta(days=RECENT_DAYS - 1), last)


async def rotate_keys(settings: Settings) -> int:
    """Seal every stored secret with the first key of `LLM_ENCRYPTION_KEY`; return the exit code.

    Raises:
        StorageError: There is no database, or it failed; another run does what is left.
        BrokenFile: The kept encryption key cannot be used.
    """
    _expect_database(settings)
    sealer = Sealer(master_keys(settings))
    storage = await open_storage(settings)
    try:
        tally = await KeyRotation(storage.agents, storage.channels, sealer).run(_tell)
    finally:
        await storage.aclose()
    for secret in tally.unreadable:
        sys.stderr.write(f"{secret.owner}: {secret.what} cannot be opened.\n")
    if tally.unreadable:
        sys.stderr.write(
            "Add the key that sealed these to the end of LLM_ENCRYPTION_KEY and run this again (a key the router made "
            f"itself is in {settings.data_dir / 'encryption-key'}), or enter the secrets again.\n"
        )
    sys.stdout.write(f"{tally}\n")
    return _INCOMPLETE if tally.unreadable else _DONE


async def reconcile(settings: Settings, days: Days, *, repair: bool) -> int:
    """Compare usage rows with what is added up from them, and mend that if asked to; return the exit code.

    Raises:
        StorageError: There is no database, or it failed; what was mended stays so.
    """
    _expect_database(settings)
    storage = await open_storage(settings.model_copy(update={"database_timeout": _PATIENCE}))
    try:
        reconciling = Reconciling(storage.audit, lambda: asyncio.sleep(_MOMENT), _say)
        found = await reconciling.run(days.first, days.last, repair=repair)
    finally:
        await storage.aclose()
    if found.differences:
        sys.stdout.write(f"{table(found.differences)}\n")
    sys.stdout.write(f"{found}\n")
    return _INCOMPLETE if found.left else _DONE


def _expect_database(settings: Settings) -> None:
    """Refuse to make a database where the router has none: its address must be wrong."""
    if not settings.uses_mongo and not settings.sqlite_path.exists():
        raise StorageError(
            f"There is no database at {settings.sqlite_path}; give this command the router's own "
            f"DATABASE_URL or ROUTER_DATA_DIR."
        )


def _tell(tally: RotationTally) -> None:
    _say(f"{tally.agents} agents looked at.")


def _say(progress: str) -> None:
    sys.stderr.write(f"{progress}\n")
    sys.stderr.flush()
