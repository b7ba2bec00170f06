"""The administrator's routing rules, in SQLite."""

from typing import Final

from vutler_router.domain.routing import RoutingRules
from vutler_router.domain.routing_store import StoredRules
from vutler_router.storage.records import RULES_KEPT, rules_changed, rules_from_json, rules_json
from vutler_router.storage.sqlite.connection import Database

__all__ = ["SqliteRoutingStore"]

_VERSION: Final = "SELECT ifnull(max(version), 0) FROM routing_rules"
_NEWEST: Final = "SELECT version, body FROM routing_rules ORDER BY version DESC LIMIT 1"


class SqliteRoutingStore:
    """See `RoutingStore`: each version is a row."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def version(self) -> int:
        """See `RoutingStore.version`."""
        ((version,),) = await self._database.read(_VERSION)
        return int(version or 0)

    async def read(self) -> StoredRules:
        """See `RoutingStore.read`."""
        rows = await self._database.read(_NEWEST)
        return StoredRules(int(rows[0][0] or 0), rules_from_json(str(rows[0][1]))) if rows else StoredRules()

    async def write(self, rules: RoutingRules, *, after: int) -> StoredRules:
        """See `RoutingStore.write`."""
        version = after + 1
        async with self._database.transaction() as transaction:
            ((newest,),) = await transaction.read(_VERSION)
            if newest != after:
                raise rules_changed()
            await transaction.run("INSERT INTO routing_rules VALUES (?, ?)", (version, rules_json(rules)))
            await transaction.run("DELETE FROM routing_rules WHERE version <= ?", (version - RULES_KEPT,))
        return StoredRules(version, rules)
