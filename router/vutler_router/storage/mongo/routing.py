"""The administrator's routing rules, in MongoDB."""

from collections.abc import Mapping

from bson import Int64
from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError

from vutler_router.domain.routing import RoutingRules
from vutler_router.domain.routing_store import StoredRules
from vutler_router.storage.mongo.connection import Database, Document, storage_errors
from vutler_router.storage.mongo.numbers import number_in
from vutler_router.storage.records import RULES_KEPT, rules_changed, rules_from_json, rules_json

__all__ = ["MongoRoutingStore"]


class MongoRoutingStore:
    """See `RoutingStore`.

    Each version is a document, claimed by inserting it: that an `_id` is taken is what every server says for certain,
    while FerretDB v1 lets two guarded updates at once both find what they expect. Versions among the last ten are
    never deleted. So who inserted one of these has followed the version before; who inserted an older one slept while
    its place was taken and tidied away, and takes it back.
    """

    def __init__(self, database: Database) -> None:
        self._rules = database.routing_rules

    async def version(self) -> int:
        """See `RoutingStore.version`."""
        return number_in(await self._newest({"_id": 1}), "_id")

    async def read(self) -> StoredRules:
        """See `RoutingStore.read`."""
        found = await self._newest()
        return StoredRules(number_in(found, "_id"), rules_from_json(str(found["body"]))) if found else StoredRules()

    async def write(self, rules: RoutingRules, *, after: int) -> StoredRules:
        """See `RoutingStore.write`."""
        version = after + 1
        if await self.version() != after:
            raise rules_changed()
        with storage_errors():
            try:
                await self._rules.insert_one({"_id": Int64(version), "body": rules_json(rules)})
            except DuplicateKeyError:
                raise rules_changed() from None
        oldest = await self.version() - RULES_KEPT + 1
        with storage_errors():
            if version < oldest:
                await self._rules.delete_one({"_id": Int64(version)})
                raise rules_changed()
            await self._rules.delete_many({"_id": {"$lt": Int64(oldest)}})
        return StoredRules(version, rules)

    async def _newest(self, fields: Mapping[str, int] | None = None) -> Document:
        """Return the newest version, empty where nobody has written any."""
        with storage_errors():
            return await self._rules.find_one({}, fields, sort=[("_id", DESCENDING)]) or {}
