"""What agents use of their limits, in SQLite."""

from typing import Final

from vutler_router.fairuse.state_store import VersionedState
from vutler_router.storage.sqlite.connection import Database

__all__ = ["SqliteLimitStore"]

_READ: Final = "SELECT version, state FROM limit_states WHERE agent_id = ?"
_BEGIN: Final = "INSERT INTO limit_states (agent_id, version, state) VALUES (?, 1, ?) ON CONFLICT DO NOTHING"
_CHANGE: Final = "UPDATE limit_states SET version = version + 1, state = ? WHERE agent_id = ? AND version = ?"


class SqliteLimitStore:
    """See `LimitStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, agent_id: str) -> VersionedState | None:
        """See `LimitStore.read`."""
        rows = await self._database.read(_READ, (agent_id,))
        return VersionedState(int(rows[0][0] or 0), str(rows[0][1])) if rows else None

    async def write(self, agent_id: str, text: str, expected_version: int | None) -> bool:
        """See `LimitStore.write`."""
        async with self._database.transaction() as transaction:
            if expected_version is None:
                return await transaction.run(_BEGIN, (agent_id, text)) == 1
            return await transaction.run(_CHANGE, (text, agent_id, expected_version)) == 1
