"""Channels and their messages, in MongoDB."""

import asyncio
import random
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bson import Int64
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from vutler_router.domain.channel import Channel, Draft, Message, Wake
from vutler_router.domain.channel_store import MESSAGES_KEPT, ChannelPage
from vutler_router.errors import StorageError
from vutler_router.storage.channel_records import channel_exists, channel_from, message_from, said
from vutler_router.storage.mongo.channel_hooks import MongoChannelHooks
from vutler_router.storage.mongo.connection import Database, Document, storage_errors
from vutler_router.storage.mongo.numbers import number_in

__all__ = ["MongoChannelStore"]

_ATTEMPTS: Final = 100
"""For a number of one's own; each time somebody else got theirs."""

_PAUSE_SECONDS: Final = 0.02
_PRUNE_EVERY: Final = 100


class MongoChannelStore(MongoChannelHooks):
    """See `ChannelStore`.

    A message takes its number by inserting it as an `_id` that must be free, right behind the newest: so numbers have
    no gaps, and who has read up to one misses nothing.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._channels = database.channels
        self._messages = database.channel_messages

    async def add(self, channel: Channel) -> None:
        """See `ChannelStore.add`."""
        document: Document = {
            "_id": channel.id,
            "key": channel.key,
            "workspace_id": channel.workspace_id,
            "name": channel.name,
            "created_by": channel.created_by,
            "created_at": channel.created_at,
        }
        with storage_errors():
            try:
                await self._channels.insert_one(document)
            except DuplicateKeyError:
                raise channel_exists(channel) from None

    async def find(self, channel_id: str) -> Channel | None:
        """See `ChannelStore.find`."""
        return await self._channel({"_id": channel_id})

    async def by_key(self, key: str) -> Channel | None:
        """See `ChannelStore.by_key`."""
        return await self._channel({"key": key})

    async def _channel(self, wanted: Document) -> Channel | None:
        with storage_errors():
            found = await self._channels.find_one(wanted)
        return channel_from(found) if found is not None else None

    async def page(self, *, workspace_id: str | None, limit: int, cursor: str | None) -> ChannelPage:
        """See `ChannelStore.page`."""
        wanted: Document = {"_id": {"$gt": cursor or ""}}
        if workspace_id is not None:
            wanted["workspace_id"] = workspace_id
        with storage_errors():
            found = await self._channels.find(wanted).sort([("_id", ASCENDING)]).limit(limit + 1).to_list()
        channels = [channel_from(document) for document in found[:limit]]
        return ChannelPage(channels, channels[-1].id if len(found) > limit else None)

    async def count(self, workspace_id: str) -> int:
        """See `ChannelStore.count`."""
        with storage_errors():
            return await self._channels.count_documents({"workspace_id": workspace_id})

    async def remove(self, channel: Channel) -> None:
        """See `ChannelStore.remove`."""
        with storage_errors():
            await self._channels.delete_one({"_id": channel.id, "key": channel.key})
            await self._messages.delete_many({"channel_key": channel.key})
            await self._hooks.delete_many({"channel_key": channel.key})

    async def post(self, key: str, draft: Draft) -> Message:
        """See `ChannelStore.post`."""
        for attempt in range(_ATTEMPTS):
            number = await self.newest(key) + 1
            if await self._inserted(key, number, draft):
                if number % _PRUNE_EVERY == 0:
                    await self._prune(key, number)
                return message_from(number, said(draft))
            await asyncio.sleep(random.uniform(0, min(attempt, 10) * _PAUSE_SECONDS))  # noqa: S311 - spreads writers
        raise StorageError("Too many write in this channel at once; try again.", retry_after=1)

    async def _inserted(self, key: str, number: int, draft: Draft) -> bool:
        wakes = list(draft.wakes)
        answers = None if draft.answers is None else Int64(draft.answers)
        document: Document = {
            "_id": f"{key}/{number:012}",
            "channel_key": key,
            "number": Int64(number),
            **said(draft),
            "answers": answers,
            "wakes": wakes,
            "awaited": wakes,
            "waiting": bool(wakes),
        }
        with storage_errors():
            try:
                await self._messages.insert_one(document)
            except DuplicateKeyError:
                return False
        return True

    async def _prune(self, key: str, number: int) -> None:
        old: Document = {"channel_key": key, "number": {"$lte": Int64(number - MESSAGES_KEPT)}}
        with storage_errors():
            await self._messages.delete_many(old)

    async def messages(
        self, key: str, *, limit: int, after: int | None = None, before: int | None = None
    ) -> Sequence[Message]:
        """See `ChannelStore.messages`."""
        wanted: Document = {"channel_key": key}
        if after is not None:
            wanted["number"] = {"$gt": Int64(after)}
        elif before is not None:
            wanted["number"] = {"$lt": Int64(before)}
        order = DESCENDING if after is None else ASCENDING
        with storage_errors():
            found = await self._messages.find(wanted).sort([("number", order)]).limit(limit).to_list()
        return [_message(document) for document in (found if after is not None else reversed(found))]

    async def newest(self, key: str) -> int:
        """See `ChannelStore.newest`."""
        with storage_errors():
            found = await self._messages.find_one({"channel_key": key}, {"number": 1}, sort=[("number", DESCENDING)])
        return number_in(found or {}, "number")

    async def waiting(self, limit: int) -> Sequence[Wake]:
        """See `ChannelStore.waiting`."""
        with storage_errors():
            found = await self._messages.find({"waiting": True}).sort([("created_at", 1)]).limit(limit).to_list()
        return [
            Wake(str(document["channel_key"]), agent_id, _message(document))
            for document in found
            for agent_id in _names(document["awaited"])
        ][:limit]

    async def settle(self, wake: Wake) -> None:
        """See `ChannelStore.settle`."""
        message_id = f"{wake.channel_key}/{wake.message.number:012}"
        with storage_errors():
            await self._messages.update_one({"_id": message_id}, {"$pull": {"awaited": wake.agent_id}})
            await self._messages.update_one({"_id": message_id, "awaited": []}, {"$set": {"waiting": False}})

    async def answer_to(self, wake: Wake) -> Message | None:
        """See `ChannelStore.answer_to`."""
        wanted: Document = {
            "channel_key": wake.channel_key,
            "number": {"$gt": Int64(wake.message.number)},
            "answers": Int64(wake.message.number),
            "author": wake.agent_id,
        }
        with storage_errors():
            found = await self._messages.find_one(wanted)
        return _message(found) if found is not None else None

    async def last_wake(self, agent_id: str, *, since: datetime) -> Message | None:
        """See `ChannelStore.last_wake`."""
        wanted: Document = {"wakes": agent_id, "created_at": {"$gte": since}}
        with storage_errors():
            found = await self._messages.find_one(wanted, sort=[("created_at", DESCENDING)])
        return _message(found) if found is not None else None


def _message(document: Document) -> Message:
    return message_from(number_in(document, "number"), document)


def _names(value: object) -> list[str]:
    return [str(name) for name in value] if isinstance(value, list) else []
