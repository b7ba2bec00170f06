"""Mails, in MongoDB."""

from collections.abc import Sequence
from datetime import datetime

from bson import Int64
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from vutler_router.domain.mail import MAILS_KEPT, Direction, Mail, MailPage, MailStatus
from vutler_router.storage.mail_records import mail_from, mail_values
from vutler_router.storage.mongo.connection import Database, Document, storage_errors

__all__ = ["MongoMailStore"]


class MongoMailStore:
    """See `MailStore`."""

    def __init__(self, database: Database) -> None:
        self._mails = database.mails

    async def add(self, mail: Mail) -> bool:
        """See `MailStore.add`."""
        values = mail_values(mail)
        document: Document = {
            "_id": values.pop("id"),
            **values,
            "recipients": list(mail.recipients),
            "remote": list(mail.remote),
            "depth": Int64(mail.depth),
            "place": mail.place,
        }
        with storage_errors():
            try:
                await self._mails.insert_one(document)
            except DuplicateKeyError:
                return False
            await self._prune(mail.agent_id)
        return True

    async def _prune(self, agent_id: str) -> None:
        newest = self._mails.find({"agent_id": agent_id}, {"place": 1}).sort([("place", DESCENDING)])
        for last in await newest.skip(MAILS_KEPT).limit(1).to_list():
            done: Document = {"waiting": False, "status": {"$ne": str(MailStatus.QUEUED)}}
            await self._mails.delete_many({"agent_id": agent_id, "place": {"$lte": last["place"]}, **done})

    async def find(self, mail_id: str) -> Mail | None:
        """See `MailStore.find`."""
        with storage_errors():
            found = await self._mails.find_one({"_id": mail_id})
        return _mail(found) if found is not None else None

    async def page(self, agent_id: str, *, limit: int, cursor: str | None) -> MailPage:
        """See `MailStore.page`."""
        wanted: Document = {"agent_id": agent_id}
        if cursor is not None:
            wanted["place"] = {"$lt": cursor}
        with storage_errors():
            found = await self._mails.find(wanted).sort([("place", DESCENDING)]).limit(limit + 1).to_list()
        mails = [_mail(document) for document in found]
        return MailPage(mails[:limit], mails[limit - 1].place if len(mails) > limit else None)

    async def sent_since(self, agent_id: str, since: datetime) -> int:
        """See `MailStore.sent_since`."""
        wanted: Document = {"agent_id": agent_id, "direction": str(Direction.OUT), "created_at": {"$gt": since}}
        with storage_errors():
            return await self._mails.count_documents(wanted)

    async def queued(self, limit: int) -> Sequence[Mail]:
        """See `MailStore.queued`."""
        return await self._oldest({"status": str(MailStatus.QUEUED)}, limit)

    async def set_status(self, mail_id: str, status: MailStatus, detail: str | None) -> None:
        """See `MailStore.set_status`."""
        with storage_errors():
            await self._mails.update_one({"_id": mail_id}, {"$set": {"status": str(status), "detail": detail}})

    async def waiting(self, limit: int) -> Sequence[Mail]:
        """See `MailStore.waiting`."""
        return await self._oldest({"waiting": True}, limit)

    async def settle(self, mail_id: str) -> None:
        """See `MailStore.settle`."""
        with storage_errors():
            await self._mails.update_one({"_id": mail_id}, {"$set": {"waiting": False}})

    async def last_wake(self, agent_id: str, *, since: datetime) -> Mail | None:
        """See `MailStore.last_wake`."""
        wanted: Document = {"agent_id": agent_id, "wakes": True, "created_at": {"$gte": since}}
        with storage_errors():
            found = await self._mails.find_one(wanted, sort=[("created_at", DESCENDING)])
        return _mail(found) if found is not None else None

    async def _oldest(self, wanted: Document, limit: int) -> Sequence[Mail]:
        with storage_errors():
            found = await self._mails.find(wanted).sort([("created_at", ASCENDING)]).limit(limit).to_list()
        return [_mail(document) for document in found]


def _mail(document: Document) -> Mail:
    return mail_from({"id": document["_id"], **document})
