"""Webhooks of channels, in SQLite."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from vutler_router.domain.channel import Hook, HookKind
from vutler_router.storage.channel_records import HOOK_NAMES, hook_from, hook_values
from vutler_router.storage.sqlite.connection import Database, Row, Value
from vutler_router.storage.sqlite.times import time_text

__all__ = ["SqliteChannelHooks"]

_NAMES: Final = ("id", *HOOK_NAMES)
_COLUMNS: Final = ", ".join(_NAMES)
_ADD: Final = f"INSERT INTO channel_hooks ({_COLUMNS}) VALUES ({', '.join('?' * len(_NAMES))})"  # noqa: S608 - constant
_HOOKS: Final = f"SELECT {_COLUMNS} FROM channel_hooks"  # noqa: S608 - constant parts


class SqliteChannelHooks:
    """The part of `ChannelStore` that is about webhooks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_hook(self, hook: Hook) -> None:
        """See `ChannelStore.add_hook`."""
        values: list[Value] = [
            time_text(value) if isinstance(value, datetime) else value for value in hook_values(hook).values()
        ]
        async with self._database.transaction() as transaction:
            await transaction.run(_ADD, (hook.id, *values))

    async def hooks(self, key: str) -> Sequence[Hook]:
        """See `ChannelStore.hooks`."""
        sql = f"{_HOOKS} WHERE channel_key = ? ORDER BY created_at, id"
        return [_hook(row) for row in await self._database.read(sql, (key,))]

    async def hook_by_token(self, token_sha256: str) -> Hook | None:
        """See `ChannelStore.hook_by_token`."""
        rows = await self._database.read(f"{_HOOKS} WHERE token_sha256 = ?", (token_sha256,))
        return _hook(rows[0]) if rows else None

    async def outgoing(self) -> Sequence[Hook]:
        """See `ChannelStore.outgoing`."""
        rows = await self._database.read(f"{_HOOKS} WHERE kind = ? ORDER BY id", (str(HookKind.OUTGOING),))
        return [_hook(row) for row in rows]

    async def mark_delivered(self, hook: Hook, number: int) -> None:
        """See `ChannelStore.mark_delivered`."""
        async with self._database.transaction() as transaction:
            await transaction.run(
                "UPDATE channel_hooks SET delivered = ? WHERE id = ? AND delivered < ?", (number, hook.id, number)
            )

    async def reseal_hook(self, hook: Hook) -> None:
        """See `ChannelStore.reseal_hook`."""
        async with self._database.transaction() as transaction:
            sql = "UPDATE channel_hooks SET url = ?, secret = ? WHERE id = ?"
            await transaction.run(sql, (hook.url, hook.secret, hook.id))

    async def remove_hook(self, key: str, hook_id: str) -> bool:
        """See `ChannelStore.remove_hook`."""
        async with self._database.transaction() as transaction:
            sql = "DELETE FROM channel_hooks WHERE channel_key = ? AND id = ?"
            return await transaction.run(sql, (key, hook_id)) > 0


def _hook(row: Row) -> Hook:
    return hook_from(dict(zip(_NAMES, row, strict=True)))
