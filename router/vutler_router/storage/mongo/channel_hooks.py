"""Webhooks of channels, in MongoDB."""

from collections.abc import Sequence

from bson import Int64

from vutler_router.domain.channel import Hook, HookKind
from vutler_router.storage.channel_records import hook_from, hook_values
from vutler_router.storage.mongo.connection import Database, Document, storage_errors

__all__ = ["MongoChannelHooks"]


class MongoChannelHooks:
    """The part of `ChannelStore` that is about webhooks."""

    def __init__(self, database: Database) -> None:
        self._hooks = database.channel_hooks

    async def add_hook(self, hook: Hook) -> None:
        """See `ChannelStore.add_hook`."""
        with storage_errors():
            await self._hooks.insert_one({"_id": hook.id, **hook_values(hook), "delivered": Int64(hook.delivered)})

    async def hooks(self, key: str) -> Sequence[Hook]:
        """See `ChannelStore.hooks`."""
        with storage_errors():
            found = await self._hooks.find({"channel_key": key}).sort([("created_at", 1), ("_id", 1)]).to_list()
        return [_hook(document) for document in found]

    async def hook_by_token(self, token_sha256: str) -> Hook | None:
        """See `ChannelStore.hook_by_token`."""
        with storage_errors():
            found = await self._hooks.find_one({"token_sha256": token_sha256})
        return _hook(found) if found is not None else None

    async def outgoing(self) -> Sequence[Hook]:
        """See `ChannelStore.outgoing`."""
        with storage_errors():
            found = await self._hooks.find({"kind": str(HookKind.OUTGOING)}).sort([("_id", 1)]).to_list()
        return [_hook(document) for document in found]

    async def mark_delivered(self, hook: Hook, number: int) -> None:
        """See `ChannelStore.mark_delivered`."""
        behind: Document = {"_id": hook.id, "delivered": {"$lt": Int64(number)}}
        with storage_errors():
            await self._hooks.update_one(behind, {"$set": {"delivered": Int64(number)}})

    async def reseal_hook(self, hook: Hook) -> None:
        """See `ChannelStore.reseal_hook`."""
        with storage_errors():
            await self._hooks.update_one({"_id": hook.id}, {"$set": {"url": hook.url, "secret": hook.secret}})

    async def remove_hook(self, key: str, hook_id: str) -> bool:
        """See `ChannelStore.remove_hook`."""
        with storage_errors():
            return (await self._hooks.delete_one({"_id": hook_id, "channel_key": key})).deleted_count > 0


def _hook(document: Document) -> Hook:
    return hook_from({"id": document["_id"], **document})
