"""Who is signed in, in SQLite."""

from datetime import UTC, datetime
from typing import Final

from vutler_router.domain.session import Session
from vutler_router.storage.session_records import SESSION_NAMES, session_from_object, session_values
from vutler_router.storage.sqlite.connection import Database

__all__ = ["SqliteSessionStore"]

_COLUMNS: Final = ", ".join(SESSION_NAMES)
_ADD: Final = (
    f"INSERT INTO sessions (id_sha256, {_COLUMNS}) "  # noqa: S608 - constant parts
    f"VALUES (?, {', '.join('?' * len(SESSION_NAMES))})"
)
_DROP_OLDEST: Final = (
    "DELETE FROM sessions WHERE id_sha256 IN "
    "(SELECT id_sha256 FROM sessions WHERE owner = ? ORDER BY created_at DESC, id_sha256 DESC LIMIT -1 OFFSET ?)"
)
_FIND: Final = f"SELECT {_COLUMNS} FROM sessions WHERE id_sha256 = ?"  # noqa: S608 - constant parts
_TOUCH: Final = "UPDATE sessions SET seen_at = ? WHERE id_sha256 = ? AND seen_at < ?"
_REMOVE: Final = "DELETE FROM sessions WHERE id_sha256 = ?"
_REMOVE_EXPIRED: Final = "DELETE FROM sessions WHERE expires_at <= ? OR seen_at <= ?"


class SqliteSessionStore:
    """See `SessionStore`. Times are texts of one width in UTC, so that they compare as times do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, session: Session, *, most: int) -> None:
        """See `SessionStore.add`."""
        values = (_text(value) if isinstance(value, datetime) else value for value in session_values(session))
        async with self._database.transaction() as transaction:
            await transaction.run(_ADD, (session.id_sha256, *values))
            await transaction.run(_DROP_OLDEST, (session.owner, most))

    async def find(self, id_sha256: str) -> Session | None:
        """See `SessionStore.find`."""
        rows = await self._database.read(_FIND, (id_sha256,))
        return session_from_object(id_sha256, dict(zip(SESSION_NAMES, rows[0], strict=True))) if rows else None

    async def touch(self, id_sha256: str, seen_at: datetime) -> None:
        """See `SessionStore.touch`."""
        async with self._database.transaction() as transaction:
            await transaction.run(_TOUCH, (_text(seen_at), id_sha256, _text(seen_at)))

    async def remove(self, id_sha256: str) -> None:
        """See `SessionStore.remove`."""
        async with self._database.transaction() as transaction:
            await transaction.run(_REMOVE, (id_sha256,))

    async def remove_expired(self, now: datetime, *, idle_since: datetime) -> None:
        """See `SessionStore.remove_expired`."""
        async with self._database.transaction() as transaction:
            await transaction.run(_REMOVE_EXPIRED, (_text(now), _text(idle_since)))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
