"""What agents use of their limits, in MongoDB."""

from typing import Final

from bson import Int64
from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError

from vutler_router.fairuse.state_store import VersionedState
from vutler_router.storage.mongo.connection import Database, Document, storage_errors

__all__ = ["MongoLimitStore"]

_TIDIED_EVERY: Final = 8
"""Versions after which older ones are deleted."""


class MongoLimitStore:
    """See `LimitStore`.

    Each version is a document, claimed by inserting it: that an `_id` is taken is what every server says for certain.
    (FerretDB v1 lets two updates at once both find the version they name, and one of them is lost.) The newest version
    is never deleted. So one that is still the newest after its insertion has followed the one it names; whether one
    that is not was only followed quickly, its writer sees from the state.
    """

    def __init__(self, database: Database) -> None:
        self._states = database.limit_states

    async def read(self, agent_id: str) -> VersionedState | None:
        """See `LimitStore.read`."""
        with storage_errors():
            found = await self._states.find_one({"agent_id": agent_id}, sort=[("version", DESCENDING)])
        return None if found is None else VersionedState(_version(found), str(found["state"]))

    async def write(self, agent_id: str, text: str, expected_version: int | None) -> bool:
        """See `LimitStore.write`."""
        version = (expected_version or 0) + 1
        document: Document = {
            "_id": f"{agent_id}#{version}",
            "agent_id": agent_id,
            "version": Int64(version),
            "state": text,
        }
        with storage_errors():
            try:
                await self._states.insert_one(document)
            except DuplicateKeyError:
                return False
            newest = await self._states.find_one({"agent_id": agent_id}, {"version": 1}, sort=[("version", DESCENDING)])
            if newest is None or _version(newest) != version:
                await self._states.delete_one({"_id": document["_id"]})
                return False
            if version % _TIDIED_EVERY == 0:
                await self._states.delete_many({"agent_id": agent_id, "version": {"$lt": Int64(version)}})
        return True


def _version(document: Document) -> int:
    version = document["version"]
    return int(version) if isinstance(version, int) else 0
