"""Breakers that opened and closed, in SQLite."""

from collections.abc import AsyncIterator, Collection
from datetime import UTC, datetime
from typing import Final

from vutler_router.domain.breaker_store import MOST_RECORDS, BreakerRecord
from vutler_router.storage.records import BREAKER_NAMES, breaker_from_object, breaker_values
from vutler_router.storage.sqlite.connection import Database, Value

__all__ = ["SqliteBreakerStore"]

_PUT: Final = (
    f"INSERT INTO breakers ({', '.join(BREAKER_NAMES)}) "  # noqa: S608 - constant parts
    f"VALUES ({', '.join('?' * len(BREAKER_NAMES))}) "
    f"ON CONFLICT DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in BREAKER_NAMES[3:])} "
    f"WHERE changed_at < excluded.changed_at"
)
_NEWEST: Final = (
    f"SELECT {', '.join(BREAKER_NAMES)} FROM breakers "  # noqa: S608 - constant parts
    f"ORDER BY changed_at DESC LIMIT {MOST_RECORDS}"
)


class SqliteBreakerStore:
    """See `BreakerStore`. Times are texts of one width in UTC, so that they compare as times do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def version(self) -> int:
        """See `BreakerStore.version`."""
        ((value,),) = await self._database.read("SELECT value FROM versions WHERE name = 'breakers'")
        return int(value or 0)

    async def records(self) -> AsyncIterator[BreakerRecord]:
        """See `BreakerStore.records`."""
        for row in await self._database.read(_NEWEST):
            yield breaker_from_object(dict(zip(BREAKER_NAMES, row, strict=True)))

    async def put(self, records: Collection[BreakerRecord]) -> None:
        """See `BreakerStore.put`."""
        async with self._database.transaction() as transaction:
            await transaction.run_many(_PUT, [_values(record) for record in records])
            await transaction.run("UPDATE versions SET value = value + 1 WHERE name = 'breakers'")

    async def remove_expired(self, now: datetime) -> None:
        """See `BreakerStore.remove_expired`."""
        async with self._database.transaction() as transaction:
            await transaction.run("DELETE FROM breakers WHERE expires_at < ?", (_text(now),))


def _values(record: BreakerRecord) -> tuple[Value, ...]:
    return tuple(_text(value) if isinstance(value, datetime) else value for value in breaker_values(record))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
