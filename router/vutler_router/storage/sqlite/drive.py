"""The drive's files in SQLite."""

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Final

from vutler_router.domain.drive import DriveFile, DriveQuota
from vutler_router.domain.drive_store import child_of, file_exists, folder_bounds
from vutler_router.storage.drive_records import FILE_NAMES, file_from_values, file_values
from vutler_router.storage.sqlite.connection import Database, Row, Transaction, Value

__all__ = ["SqliteDriveIndex"]

_COLUMNS: Final = ", ".join(FILE_NAMES)
_ADD: Final = f"INSERT INTO drive_files ({_COLUMNS}) VALUES ({', '.join('?' * len(FILE_NAMES))})"  # noqa: S608 - constant parts
_BY_ID: Final = f"SELECT {_COLUMNS} FROM drive_files WHERE id = ?"  # noqa: S608 - constant parts
_AT: Final = f"SELECT {_COLUMNS} FROM drive_files WHERE workspace_id = ? AND folder = ? AND name = ?"  # noqa: S608 - constant parts
_IN_FOLDER: Final = (
    f"SELECT {_COLUMNS} FROM drive_files WHERE workspace_id = ? AND folder = ? AND name > ? "  # noqa: S608 - constant parts
    f"ORDER BY name LIMIT ?"
)
_NEXT_FOLDER: Final = "SELECT min(folder) FROM drive_files WHERE workspace_id = ? AND folder > ? AND folder < ?"
_OF_WORKSPACE: Final = "SELECT sum(size) FROM drive_files WHERE workspace_id = ?"
_OF_AGENT: Final = f"{_OF_WORKSPACE} AND agent_id = ?"
_REMOVE: Final = "DELETE FROM drive_files WHERE id = ?"
_KNOWN: Final = "SELECT id FROM drive_files WHERE id IN (SELECT value FROM json_each(?))"


class SqliteDriveIndex:
    """See `DriveIndex`. A file is added in one transaction with the sums it is checked against."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def drive_id(self) -> str:
        """See `DriveIndex.drive_id`."""
        ((value,),) = await self._database.read("SELECT id FROM drive")
        return str(value)

    async def get(self, file_id: str) -> DriveFile | None:
        """See `DriveIndex.get`."""
        return _only(await self._database.read(_BY_ID, (file_id,)))

    async def find(self, workspace_id: str, folder: str, name: str) -> DriveFile | None:
        """See `DriveIndex.find`."""
        return _only(await self._database.read(_AT, (workspace_id, folder, name)))

    async def add(self, file: DriveFile, *, overwrite: bool, quota: DriveQuota) -> DriveFile | None:
        """See `DriveIndex.add`."""
        async with self._database.transaction() as transaction:
            replaced = _only(await transaction.read(_AT, (file.workspace_id, file.folder, file.name)))
            if replaced is not None:
                if not overwrite:
                    raise file_exists(file.path)
                await transaction.run(_REMOVE, (replaced.id,))
            if quota:
                await _check(transaction, file, quota)
            await transaction.run(_ADD, _values(file))
        return replaced

    async def remove(self, file_id: str) -> DriveFile | None:
        """See `DriveIndex.remove`."""
        async with self._database.transaction() as transaction:
            found = _only(await transaction.read(_BY_ID, (file_id,)))
            await transaction.run(_REMOVE, (file_id,))
        return found

    async def files(self, workspace_id: str, folder: str, *, after: str, limit: int) -> Sequence[DriveFile]:
        """See `DriveIndex.files`."""
        return [_file(row) for row in await self._database.read(_IN_FOLDER, (workspace_id, folder, after, limit))]

    async def folders(self, workspace_id: str, folder: str, *, after: str, limit: int) -> Sequence[str]:
        """See `DriveIndex.folders`. From child to child, so that a folder with many files costs no more than one."""
        found: list[str] = []
        above, below = folder_bounds(folder, after)
        while len(found) < limit:
            ((least,),) = await self._database.read(_NEXT_FOLDER, (workspace_id, above, below))
            if least is None:
                break
            found.append(child_of(folder, str(least)))
            above, _ = folder_bounds(folder, found[-1])
        return found

    async def used(self, workspace_id: str, agent_id: str | None = None) -> int:
        """See `DriveIndex.used`."""
        if agent_id is None:
            return _sum(await self._database.read(_OF_WORKSPACE, (workspace_id,)))
        return _sum(await self._database.read(_OF_AGENT, (workspace_id, agent_id)))

    async def known(self, file_ids: Collection[str]) -> frozenset[str]:
        """See `DriveIndex.known`."""
        rows = await self._database.read(_KNOWN, (json.dumps(list(file_ids)),))
        return frozenset(str(file_id) for (file_id,) in rows)


async def _check(transaction: Transaction, file: DriveFile, quota: DriveQuota) -> None:
    """Refuse a file that does not fit, now that what it replaces is out."""
    own = _sum(await transaction.read(_OF_AGENT, (file.workspace_id, file.agent_id))) if file.agent_id else 0
    everybody = _sum(await transaction.read(_OF_WORKSPACE, (file.workspace_id,)))
    quota.of(file.agent_id).check(file.size, agent_used=own, workspace_used=everybody)


def _sum(rows: Sequence[Row]) -> int:
    ((value,),) = rows
    return int(value or 0)


def _only(rows: Sequence[Row]) -> DriveFile | None:
    return _file(rows[0]) if rows else None


def _values(file: DriveFile) -> list[Value]:
    return [_text(value) if isinstance(value, datetime) else value for value in file_values(file).values()]


def _file(row: Row) -> DriveFile:
    return file_from_values(dict(zip(FILE_NAMES, row, strict=True)))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
