"""The port behind which the drive's files are listed, and its version in memory."""

from collections.abc import Collection, Sequence
from typing import Protocol

from vutler_router.domain.drive import DriveFile, DriveQuota
from vutler_router.errors import Conflict

__all__ = ["DriveIndex", "InMemoryDriveIndex", "child_of", "file_exists", "folder_bounds", "used_by_others"]


class DriveIndex(Protocol):
    """Knows which files there are. A file is in it only when its content is complete.

    Names are compared byte by byte, and folders have a slash at both ends. There are no empty folders: one is there
    while it holds a file. Every method raises `StorageError` when the database does not answer in time.
    """

    async def drive_id(self) -> str:
        """Return the name of this drive, made with the database: under it its contents are kept, and only there."""
        ...

    async def get(self, file_id: str) -> DriveFile | None:
        """Return the file of this id, whatever its workspace."""
        ...

    async def find(self, workspace_id: str, folder: str, name: str) -> DriveFile | None:
        """Return the file at this place."""
        ...

    async def add(self, file: DriveFile, *, overwrite: bool, quota: DriveQuota) -> DriveFile | None:
        """Show a file whose content is complete; all of it happens or nothing.

        Returns:
            The file that was in its place, whose content nobody needs any more.

        Raises:
            Conflict: Its place is taken, and `overwrite` is false.
            TooLarge: It does not fit the quota. Of several that come at once and fit only one by one, some may be
                refused; never are so many taken that the quota is passed.
        """
        ...

    async def remove(self, file_id: str) -> DriveFile | None:
        """Take a file out and return it; None when it is gone already."""
        ...

    async def files(self, workspace_id: str, folder: str, *, after: str, limit: int) -> Sequence[DriveFile]:
        """Return the files right in a folder by name, those after the name `after`."""
        ...

    async def folders(self, workspace_id: str, folder: str, *, after: str, limit: int) -> Sequence[str]:
        """Return the names of the folders right in a folder, in the order of `<name>/`, those after `after`."""
        ...

    async def used(self, workspace_id: str, agent_id: str | None = None) -> int:
        """Return the bytes of all files of a workspace, or of those that count as an agent's."""
        ...

    async def known(self, file_ids: Collection[str]) -> frozenset[str]:
        """Return which of these ids belong to files that are there."""
        ...


def file_exists(path: str) -> Conflict:
    """Word the refusal of a place that is taken."""
    return Conflict(
        f"There is a file at {path} already; choose another path, or send overwrite=true to replace it.",
        code="file_exists",
        param="path",
    )


def folder_bounds(folder: str, after: str) -> tuple[str, str]:
    """Return what folders below `folder` are greater and smaller than, without those up to its child `after`.

    Every folder's key ends in a slash, so all below one child stand together, and what comes next to them begins with
    the child and the character after the slash.
    """
    return (f"{folder}{after}0" if after else folder), f"{folder[:-1]}0"


def child_of(folder: str, below: str) -> str:
    """Return which child of `folder` the folder `below` is in, or is."""
    return below[len(folder) :].partition("/")[0]


def used_by_others(used: int, replaced: DriveFile | None, agent_id: str | None) -> int:
    """Return what is used without a file that will be replaced, where it counts to the same sum (None: everybody's)."""
    counts = replaced is not None and agent_id in {None, replaced.agent_id}
    return used - replaced.size if replaced is not None and counts else used


class InMemoryDriveIndex:
    """Files of this process alone, for tests and trying things out."""

    def __init__(self, drive_id: str = "drive_memory") -> None:
        self._files: dict[tuple[str, str, str], DriveFile] = {}
        self._drive_id = drive_id

    async def drive_id(self) -> str:
        """See `DriveIndex.drive_id`."""
        return self._drive_id

    async def get(self, file_id: str) -> DriveFile | None:
        """See `DriveIndex.get`."""
        return next((file for file in self._files.values() if file.id == file_id), None)

    async def find(self, workspace_id: str, folder: str, name: str) -> DriveFile | None:
        """See `DriveIndex.find`."""
        return self._files.get((workspace_id, folder, name))

    async def add(self, file: DriveFile, *, overwrite: bool, quota: DriveQuota) -> DriveFile | None:
        """See `DriveIndex.add`."""
        place = (file.workspace_id, file.folder, file.name)
        replaced = self._files.get(place)
        if replaced is not None and not overwrite:
            raise file_exists(file.path)
        quota.of(file.agent_id).check(
            file.size,
            agent_used=used_by_others(self._sum(file.workspace_id, file.agent_id), replaced, file.agent_id),
            workspace_used=used_by_others(self._sum(file.workspace_id, None), replaced, None),
        )
        self._files[place] = file
        return replaced

    async def remove(self, file_id: str) -> DriveFile | None:
        """See `DriveIndex.remove`."""
        found = await self.get(file_id)
        if found is not None:
            del self._files[found.workspace_id, found.folder, found.name]
        return found

    async def files(self, workspace_id: str, folder: str, *, after: str, limit: int) -> Sequence[DriveFile]:
        """See `DriveIndex.files`."""
        found = [
            file
            for file in self._files.values()
            if (file.workspace_id, file.folder) == (workspace_id, folder) and file.name.encode() > after.encode()
        ]
        return sorted(found, key=lambda file: file.name.encode())[:limit]

    async def folders(self, workspace_id: str, folder: str, *, after: str, limit: int) -> Sequence[str]:
        """See `DriveIndex.folders`."""
        above, below = (bound.encode() for bound in folder_bounds(folder, after))
        found = {
            child_of(folder, file.folder)
            for file in self._files.values()
            if file.workspace_id == workspace_id and above < file.folder.encode() < below
        }
        return sorted(found, key=lambda name: f"{name}/".encode())[:limit]

    async def used(self, workspace_id: str, agent_id: str | None = None) -> int:
        """See `DriveIndex.used`."""
        return self._sum(workspace_id, agent_id)

    async def known(self, file_ids: Collection[str]) -> frozenset[str]:
        """See `DriveIndex.known`."""
        return frozenset(file_ids) & {file.id for file in self._files.values()}

    def _sum(self, workspace_id: str, agent_id: str | None) -> int:
        return sum(
            file.size
            for file in self._files.values()
            if file.workspace_id == workspace_id and agent_id in {None, file.agent_id}
        )
