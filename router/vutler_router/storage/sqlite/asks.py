"""Asks in SQLite."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from vutler_router.domain.ask_store import MOST_OF_TREE, Ask, AskEnd, AskPage
from vutler_router.storage.ask_records import ASK_NAMES, ask_from_object, ask_values
from vutler_router.storage.sqlite.connection import Database, Row, Value

__all__ = ["SqliteAskStore"]

_NAMES: Final = ("id", *ASK_NAMES)
_COLUMNS: Final = ", ".join(_NAMES)
_SELECT: Final = f"SELECT {_COLUMNS} FROM asks WHERE "  # noqa: S608 - constant parts
_ADD: Final = f"INSERT INTO asks ({_COLUMNS}) VALUES ({', '.join('?' * len(_NAMES))})"  # noqa: S608 - constant parts
_FINISH: Final = (
    "UPDATE asks SET status = ?, ended_at = ?, tokens_input = ?, tokens_output = ? WHERE id = ? AND status = 'running'"
)
_UNDER_WAY: Final = _SELECT + "peer = ? AND status = 'running' AND deadline > ? ORDER BY id"
_OF_TREE: Final = _SELECT + f"tree_id = ? ORDER BY id LIMIT {MOST_OF_TREE}"
_ROOTS: Final = _SELECT + (
    "parent = '' AND started_at >= ? AND started_at < ? AND (? IS NULL OR workspace_id = ?) AND (? IS NULL OR id < ?) "
    "ORDER BY id DESC LIMIT ?"
)


class SqliteAskStore:
    """See `AskStore`. Times are texts of one width in UTC, so that they compare as times do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, ask: Ask) -> None:
        """See `AskStore.add`."""
        values = [_text(value) if isinstance(value, datetime) else value for value in ask_values(ask)]
        async with self._database.transaction() as transaction:
            await transaction.run(_ADD, (ask.id, *values))

    async def finish(self, ask_id: str, end: AskEnd) -> None:
        """See `AskStore.finish`."""
        values = (str(end.status), _text(end.ended_at), end.tokens_input, end.tokens_output, ask_id)
        async with self._database.transaction() as transaction:
            await transaction.run(_FINISH, values)

    async def under_way(self, agent_id: str, now: datetime) -> Sequence[Ask]:
        """See `AskStore.under_way`."""
        return await self._found(_UNDER_WAY, agent_id, _text(now))

    async def of_tree(self, tree_id: str) -> Sequence[Ask]:
        """See `AskStore.of_tree`."""
        return await self._found(_OF_TREE, tree_id)

    async def roots(
        self, first: datetime, end: datetime, *, workspace_id: str | None, limit: int, cursor: str | None
    ) -> AskPage:
        """See `AskStore.roots`."""
        found = await self._found(
            _ROOTS, _text(first), _text(end), workspace_id, workspace_id, cursor, cursor, limit + 1
        )
        return AskPage(tuple(found[:limit]), found[limit - 1].id if len(found) > limit else None)

    async def sweep(self, before: datetime) -> None:
        """See `AskStore.sweep`."""
        async with self._database.transaction() as transaction:
            await transaction.run("DELETE FROM asks WHERE started_at < ?", (_text(before),))

    async def _found(self, sql: str, *values: Value) -> list[Ask]:
        return [_ask(row) for row in await self._database.read(sql, values)]


def _ask(row: Row) -> Ask:
    return ask_from_object(dict(zip(_NAMES, row, strict=True)))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
