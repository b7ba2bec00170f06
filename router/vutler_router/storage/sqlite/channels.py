"""Channels and their messages, in SQLite."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from vutler_router.domain.channel import Channel, Draft, Message, Wake
from vutler_router.domain.channel_store import MESSAGES_KEPT, ChannelPage
from vutler_router.storage.channel_records import channel_exists, channel_from, message_from, said
from vutler_router.storage.sqlite.channel_hooks import SqliteChannelHooks
from vutler_router.storage.sqlite.connection import Database, Row
from vutler_router.storage.sqlite.times import time_text

__all__ = ["SqliteChannelStore"]

_CHANNEL: Final = ("workspace_id", "name", "key", "created_by", "created_at")
_CHANNELS: Final = 'SELECT workspace_id, name, "key", created_by, created_at FROM channels'
_SAID: Final = ("kind", "author", "text", "created_at", "depth", "answers")
_MESSAGES: Final = "SELECT number, kind, author, text, m.created_at, depth, answers FROM channel_messages m"
_NEXT: Final = "SELECT ifnull(max(number), 0) + 1 FROM channel_messages WHERE channel_key = ?"
_WAITING: Final = (
    "SELECT w.channel_key, w.agent_id, m.number, kind, author, text, m.created_at, depth, answers "
    "FROM channel_wakes w CROSS JOIN channel_messages m ON m.channel_key = w.channel_key AND m.number = w.number "
    "WHERE w.waiting = 1 ORDER BY w.created_at LIMIT ?"
)
_LAST_WAKE: Final = (
    "SELECT m.number, kind, author, text, m.created_at, depth, answers "
    "FROM channel_wakes w CROSS JOIN channel_messages m ON m.channel_key = w.channel_key AND m.number = w.number "
    "WHERE w.agent_id = ? AND w.created_at >= ? ORDER BY w.created_at DESC LIMIT 1"
)
_CLEARED: Final = (
    "DELETE FROM channel_messages WHERE channel_key = ?",
    "DELETE FROM channel_wakes WHERE channel_key = ?",
    "DELETE FROM channel_hooks WHERE channel_key = ?",
)


class SqliteChannelStore(SqliteChannelHooks):
    """See `ChannelStore`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._database = database

    async def add(self, channel: Channel) -> None:
        """See `ChannelStore.add`."""
        values = (channel.workspace_id, channel.name, channel.created_by, time_text(channel.created_at))
        try:
            async with self._database.transaction() as transaction:
                await transaction.run(
                    'INSERT INTO channels (id, "key", workspace_id, name, created_by, created_at) '
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    (channel.id, channel.key, *values),
                )
        except sqlite3.IntegrityError:
            raise channel_exists(channel) from None

    async def find(self, channel_id: str) -> Channel | None:
        """See `ChannelStore.find`."""
        rows = await self._database.read(f"{_CHANNELS} WHERE id = ?", (channel_id,))
        return _channel(rows[0]) if rows else None

    async def by_key(self, key: str) -> Channel | None:
        """See `ChannelStore.by_key`."""
        rows = await self._database.read(f'{_CHANNELS} WHERE "key" = ?', (key,))
        return _channel(rows[0]) if rows else None

    async def page(self, *, workspace_id: str | None, limit: int, cursor: str | None) -> ChannelPage:
        """See `ChannelStore.page`."""
        sql = f"{_CHANNELS} WHERE id > ? AND (? IS NULL OR workspace_id = ?) ORDER BY id LIMIT ?"
        rows = await self._database.read(sql, (cursor or "", workspace_id, workspace_id, limit + 1))
        channels = [_channel(row) for row in rows[:limit]]
        return ChannelPage(channels, channels[-1].id if len(rows) > limit else None)

    async def count(self, workspace_id: str) -> int:
        """See `ChannelStore.count`."""
        sql = "SELECT count(*) FROM channels WHERE workspace_id = ?"
        ((count,),) = await self._database.read(sql, (workspace_id,))
        return int(count or 0)

    async def remove(self, channel: Channel) -> None:
        """See `ChannelStore.remove`."""
        async with self._database.transaction() as transaction:
            await transaction.run('DELETE FROM channels WHERE id = ? AND "key" = ?', (channel.id, channel.key))
            for statement in _CLEARED:
                await transaction.run(statement, (channel.key,))

    async def post(self, key: str, draft: Draft) -> Message:
        """See `ChannelStore.post`."""
        fields, moment = said(draft), time_text(draft.created_at)
        values = (fields["kind"], fields["author"], fields["text"], moment, draft.depth, draft.answers)
        async with self._database.transaction() as transaction:
            ((next_number,),) = await transaction.read(_NEXT, (key,))
            number = int(next_number or 1)
            await transaction.run(
                "INSERT INTO channel_messages VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (key, number, str(values[0]), str(values[1]), draft.text, moment, draft.depth, draft.answers),
            )
            wakes = [(agent_id, moment, key, number) for agent_id in draft.wakes]
            await transaction.run_many("INSERT INTO channel_wakes VALUES (?, ?, ?, ?, 1)", wakes)
            await transaction.run(
                "DELETE FROM channel_messages WHERE channel_key = ? AND number <= ?", (key, number - MESSAGES_KEPT)
            )
            await transaction.run(
                "DELETE FROM channel_wakes WHERE channel_key = ? AND number <= ?", (key, number - MESSAGES_KEPT)
            )
        return message_from(number, {**fields, "created_at": moment})

    async def messages(
        self, key: str, *, limit: int, after: int | None = None, before: int | None = None
    ) -> Sequence[Message]:
        """See `ChannelStore.messages`."""
        if after is not None:
            sql = f"{_MESSAGES} WHERE channel_key = ? AND number > ? ORDER BY number LIMIT ?"
            return [_message(row) for row in await self._database.read(sql, (key, after, limit))]
        sql = f"{_MESSAGES} WHERE channel_key = ? AND (? IS NULL OR number < ?) ORDER BY number DESC LIMIT ?"
        rows = await self._database.read(sql, (key, before, before, limit))
        return [_message(row) for row in reversed(rows)]

    async def newest(self, key: str) -> int:
        """See `ChannelStore.newest`."""
        ((following,),) = await self._database.read(_NEXT, (key,))
        return int(following or 1) - 1

    async def waiting(self, limit: int) -> Sequence[Wake]:
        """See `ChannelStore.waiting`."""
        rows = await self._database.read(_WAITING, (limit,))
        return [Wake(str(row[0]), str(row[1]), _message(row[2:])) for row in rows]

    async def settle(self, wake: Wake) -> None:
        """See `ChannelStore.settle`."""
        async with self._database.transaction() as transaction:
            await transaction.run(
                "UPDATE channel_wakes SET waiting = 0 WHERE channel_key = ? AND number = ? AND agent_id = ?",
                (wake.channel_key, wake.message.number, wake.agent_id),
            )

    async def answer_to(self, wake: Wake) -> Message | None:
        """See `ChannelStore.answer_to`."""
        sql = f"{_MESSAGES} WHERE channel_key = ? AND number > ? AND answers = ? AND author = ? LIMIT 1"
        number = wake.message.number
        rows = await self._database.read(sql, (wake.channel_key, number, number, wake.agent_id))
        return _message(rows[0]) if rows else None

    async def last_wake(self, agent_id: str, *, since: datetime) -> Message | None:
        """See `ChannelStore.last_wake`."""
        rows = await self._database.read(_LAST_WAKE, (agent_id, time_text(since)))
        return _message(rows[0]) if rows else None


def _channel(row: Row) -> Channel:
    return channel_from(dict(zip(_CHANNEL, row, strict=True)))


def _message(row: Row) -> Message:
    return message_from(int(row[0] or 0), dict(zip(_SAID, row[1:], strict=True)))
