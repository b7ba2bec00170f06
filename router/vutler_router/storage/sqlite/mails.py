"""Mails, in SQLite."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from vutler_router.domain.mail import MAILS_KEPT, Mail, MailPage, MailStatus
from vutler_router.storage.mail_records import MAIL_NAMES, mail_from, mail_values
from vutler_router.storage.sqlite.connection import Database, Row, Value
from vutler_router.storage.sqlite.times import time_text

__all__ = ["SqliteMailStore"]

_LISTS: Final = frozenset({"recipients", "remote"})
_COLUMNS: Final = ", ".join(MAIL_NAMES)
_ADD: Final = (
    f"INSERT OR IGNORE INTO mails ({_COLUMNS}, place) "  # noqa: S608 - constant parts
    f"VALUES ({', '.join('?' * len(MAIL_NAMES))}, ?)"
)
_MAILS: Final = f"SELECT {_COLUMNS} FROM mails"  # noqa: S608 - constant parts
_PRUNE: Final = (
    "DELETE FROM mails WHERE agent_id = ? AND waiting = 0 AND status <> 'queued' AND place <= "
    "(SELECT place FROM mails WHERE agent_id = ? ORDER BY place DESC LIMIT 1 OFFSET ?)"
)


class SqliteMailStore:
    """See `MailStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, mail: Mail) -> bool:
        """See `MailStore.add`."""
        async with self._database.transaction() as transaction:
            added = await transaction.run(_ADD, (*_values(mail), mail.place)) > 0
            await transaction.run(_PRUNE, (mail.agent_id, mail.agent_id, MAILS_KEPT))
        return added

    async def find(self, mail_id: str) -> Mail | None:
        """See `MailStore.find`."""
        rows = await self._database.read(f"{_MAILS} WHERE id = ?", (mail_id,))
        return _mail(rows[0]) if rows else None

    async def page(self, agent_id: str, *, limit: int, cursor: str | None) -> MailPage:
        """See `MailStore.page`."""
        sql = f"{_MAILS} WHERE agent_id = ? AND (? IS NULL OR place < ?) ORDER BY place DESC LIMIT ?"
        mails = [_mail(row) for row in await self._database.read(sql, (agent_id, cursor, cursor, limit + 1))]
        return MailPage(mails[:limit], mails[limit - 1].place if len(mails) > limit else None)

    async def sent_since(self, agent_id: str, since: datetime) -> int:
        """See `MailStore.sent_since`."""
        sql = "SELECT count(*) FROM mails WHERE agent_id = ? AND created_at > ? AND direction = 'out'"
        ((count,),) = await self._database.read(sql, (agent_id, time_text(since)))
        return int(count or 0)

    async def queued(self, limit: int) -> Sequence[Mail]:
        """See `MailStore.queued`."""
        sql = f"{_MAILS} WHERE status = 'queued' ORDER BY created_at LIMIT ?"
        return [_mail(row) for row in await self._database.read(sql, (limit,))]

    async def set_status(self, mail_id: str, status: MailStatus, detail: str | None) -> None:
        """See `MailStore.set_status`."""
        async with self._database.transaction() as transaction:
            sql = "UPDATE mails SET status = ?, detail = ? WHERE id = ?"
            await transaction.run(sql, (str(status), detail, mail_id))

    async def waiting(self, limit: int) -> Sequence[Mail]:
        """See `MailStore.waiting`."""
        sql = f"{_MAILS} WHERE waiting = 1 ORDER BY created_at LIMIT ?"
        return [_mail(row) for row in await self._database.read(sql, (limit,))]

    async def settle(self, mail_id: str) -> None:
        """See `MailStore.settle`."""
        async with self._database.transaction() as transaction:
            await transaction.run("UPDATE mails SET waiting = 0 WHERE id = ?", (mail_id,))

    async def last_wake(self, agent_id: str, *, since: datetime) -> Mail | None:
        """See `MailStore.last_wake`."""
        sql = f"{_MAILS} WHERE agent_id = ? AND wakes = 1 AND created_at >= ? ORDER BY created_at DESC LIMIT 1"
        rows = await self._database.read(sql, (agent_id, time_text(since)))
        return _mail(rows[0]) if rows else None


def _values(mail: Mail) -> list[Value]:
    return [_value(value) for value in mail_values(mail).values()]


def _value(value: object) -> Value:
    match value:
        case datetime():
            return time_text(value)
        case tuple():
            return json.dumps(value)
        case str() | int() | None:
            return value
        case _:
            raise TypeError(type(value))


def _mail(row: Row) -> Mail:
    fields: dict[str, object] = dict(zip(MAIL_NAMES, row, strict=True))
    return mail_from(fields | {name: json.loads(str(fields[name])) for name in _LISTS})
