"""Claims on work, in SQLite."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from vutler_router.domain.claim_store import Claim
from vutler_router.storage.sqlite.connection import Database
from vutler_router.storage.sqlite.times import time_text

__all__ = ["SqliteClaimStore"]

_TAKE: Final = (
    "INSERT INTO work_claims VALUES (?, 1, ?) "
    "ON CONFLICT (work) DO UPDATE SET number = number + 1, until = excluded.until WHERE until <= ?"
)
_NUMBER: Final = "SELECT number FROM work_claims WHERE work = ?"
_EXTEND: Final = "UPDATE work_claims SET until = ? WHERE work = ? AND number = ?"


class SqliteClaimStore:
    """See `ClaimStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, work: str, *, now: datetime, until: datetime) -> Claim | None:
        """See `ClaimStore.take`."""
        async with self._database.transaction() as transaction:
            if not await transaction.run(_TAKE, (work, time_text(until), time_text(now))):
                return None
            ((number,),) = await transaction.read(_NUMBER, (work,))
        return Claim(work, int(number or 0))

    async def extend(self, claim: Claim, until: datetime) -> None:
        """See `ClaimStore.extend`."""
        async with self._database.transaction() as transaction:
            await transaction.run(_EXTEND, (time_text(until), claim.work, claim.number))

    async def held(self, works: Sequence[str], now: datetime) -> frozenset[str]:
        """See `ClaimStore.held`."""
        if not works:
            return frozenset()
        marks = ", ".join("?" * len(works))
        sql = f"SELECT work FROM work_claims WHERE until > ? AND work IN ({marks})"  # noqa: S608 - marks only
        return frozenset(str(row[0]) for row in await self._database.read(sql, (time_text(now), *works)))

    async def forget(self, before: datetime) -> None:
        """See `ClaimStore.forget`."""
        if await self._database.read("SELECT 1 FROM work_claims WHERE until < ? LIMIT 1", (time_text(before),)):
            async with self._database.transaction() as transaction:
                await transaction.run("DELETE FROM work_claims WHERE until < ?", (time_text(before),))
