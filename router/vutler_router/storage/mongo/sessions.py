"""Who is signed in, in MongoDB."""

import contextlib
from datetime import datetime

from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError

from vutler_router.domain.session import Session
from vutler_router.storage.mongo.connection import Database, Document, storage_errors
from vutler_router.storage.session_records import SESSION_NAMES, session_from_object, session_values

__all__ = ["MongoSessionStore"]


class MongoSessionStore:
    """See `SessionStore`."""

    def __init__(self, database: Database) -> None:
        self._sessions = database.sessions

    async def add(self, session: Session, *, most: int) -> None:
        """See `SessionStore.add`."""
        document: Document = {
            "_id": session.id_sha256,
            **dict(zip(SESSION_NAMES, session_values(session), strict=True)),
        }
        newest_first = [("created_at", DESCENDING), ("_id", DESCENDING)]
        with storage_errors():
            with contextlib.suppress(DuplicateKeyError):  # ids are random: it is this one, sent twice by the driver
                await self._sessions.insert_one(document)
            own = await self._sessions.find({"owner": session.owner}, {"_id": 1}, sort=newest_first).to_list()
            if len(own) > most:
                await self._sessions.delete_many({"_id": {"$in": [old["_id"] for old in own[most:]]}})

    async def find(self, id_sha256: str) -> Session | None:
        """See `SessionStore.find`."""
        with storage_errors():
            found = await self._sessions.find_one({"_id": id_sha256})
        return None if found is None else session_from_object(id_sha256, found)

    async def touch(self, id_sha256: str, seen_at: datetime) -> None:
        """See `SessionStore.touch`."""
        with storage_errors():
            seen_before: Document = {"_id": id_sha256, "seen_at": {"$lt": seen_at}}
            await self._sessions.update_one(seen_before, {"$set": {"seen_at": seen_at}})

    async def remove(self, id_sha256: str) -> None:
        """See `SessionStore.remove`."""
        with storage_errors():
            await self._sessions.delete_one({"_id": id_sha256})

    async def remove_expired(self, now: datetime, *, idle_since: datetime) -> None:
        """See `SessionStore.remove_expired`."""
        with storage_errors():
            await self._sessions.delete_many({"expires_at": {"$lte": now}})
            await self._sessions.delete_many({"seen_at": {"$lte": idle_since}})
