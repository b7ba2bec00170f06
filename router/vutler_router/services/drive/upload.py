"""One file that is coming in."""

import asyncio
import hashlib
import mimetypes
import re
from collections.abc import AsyncIterable, AsyncIterator, Callable
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from vutler_router.domain.drive import DriveFile, quota_exceeded
from vutler_router.domain.drive_store import DriveIndex, file_exists
from vutler_router.drive.blobs import BlobStore
from vutler_router.drive.paths import DrivePath
from vutler_router.errors import CallerError, InvalidRequest, TooLarge
from vutler_router.services.drive.scope import DriveScope
from vutler_router.services.drive.settings import DriveLimits

__all__ = ["Upload"]

_BLOCK: Final = 256 * 1024
"""Bytes hashed and stored at once."""

_WORTH_A_THREAD: Final = 64 * 1024
_LONGEST_TYPE: Final = 255
_TYPE: Final = re.compile(r"[\w.+-]+/[\w.+-]+(?: ?; ?[\w.+-]+=(?:[\w.+-]+|\"[ \w.+/:-]*\"))*", re.ASCII)
_UNKNOWN: Final = "application/octet-stream"
_TYPES: Final = {**mimetypes.types_map, ".md": "text/markdown", ".yaml": "application/yaml", ".yml": "application/yaml"}
"""What Python knows itself; asking it by its functions would read files of the machine's."""


class Upload:
    """Takes a content, and makes it a file once it is complete. Made by `DriveService.receiving`.

    The content is complete and safe before the file is shown; a router that is killed in between leaves a content of no
    file, which is swept.

    Args:
        file_id: The file's, and the content's.
        scope: Who sends it.
    """

    def __init__(
        self,
        file_id: str,
        scope: DriveScope,
        index: DriveIndex,
        blobs: BlobStore,
        limits: DriveLimits,
        now: Callable[[], datetime],
    ) -> None:
        self._id = file_id
        self._scope = scope
        self._index = index
        self._limits = limits
        self._now = now
        self._writer = blobs.create(file_id)
        self._digest = hashlib.sha256()
        self._room: int | None = None
        self._size = 0
        self._kept = False

    async def expect(self, place: DrivePath, *, overwrite: bool) -> None:
        """Refuse a file early, if its place is known before its content.

        Raises:
            Forbidden: The scope may not write there.
            InvalidRequest: Files are not kept there.
            Conflict: The place is taken.
            TooLarge: The quota is used up.
        """
        scope, quota = self._scope, self._limits.quota
        owner = self._owner(place)
        there = await self._index.find(scope.workspace, place.folder, place.name)
        if there is not None and not overwrite:
            raise file_exists(str(place))
        if not quota:
            return
        freed = there.size if there is not None else 0
        own = await self._index.used(scope.workspace, owner) if owner is not None else 0
        everybody = await self._index.used(scope.workspace)
        self._room = quota.of(owner).room(agent_used=own - freed, workspace_used=everybody - freed)
        if self._room == 0:
            raise quota_exceeded(0)

    async def take(self, content: AsyncIterable[bytes]) -> None:
        """Take a content as it comes.

        Raises:
            TooLarge: It passes the largest size, or what the quota leaves.
            StorageError: It cannot be stored.
        """
        async for block in _blocks(self._within_bounds(content)):
            if len(block) < _WORTH_A_THREAD:
                self._digest.update(block)
            else:
                await asyncio.to_thread(self._digest.update, block)
            await self._writer.write(block)
        await self._writer.finish()

    async def publish(
        self, place: DrivePath, content_type: str, *, overwrite: bool
    ) -> tuple[DriveFile, DriveFile | None]:
        """Show the file; return it, and what it replaced.

        Raises:
            CallerError: It may not be there, its place is taken, or the quota has no room.
            StorageError: The database did not answer. The file may be there all the same, so its content stays.
        """
        created = self._now()
        file = DriveFile(
            id=self._id,
            workspace_id=self._scope.workspace,
            agent_id=self._owner(place),
            folder=place.folder,
            name=place.name,
            size=self._size,
            sha256=self._digest.hexdigest(),
            content_type=_type_of(content_type, place.name),
            created_at=created.replace(microsecond=created.microsecond // 1000 * 1000),
        )
        self._kept = True
        try:
            replaced = await self._index.add(file, overwrite=overwrite, quota=self._limits.quota)
        except CallerError:
            self._kept = False
            raise
        return file, replaced

    async def close(self) -> None:
        """Throw the content away unless it became a file, or may have become one."""
        if not self._kept:
            await self._writer.abort()

    def _owner(self, place: DrivePath) -> str | None:
        owner = self._scope.owner_in(place.folder)
        self._scope.check_writes(place.folder)
        return owner

    async def _within_bounds(self, content: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        largest = self._limits.file_size
        async for piece in content:
            self._size += len(piece)
            if self._size > largest:
                raise TooLarge(
                    f"The file is larger than {largest} bytes (DRIVE_MAX_FILE_SIZE); nothing was stored.",
                    code="file_too_large",
                )
            if self._room is not None and self._size > self._room:
                raise quota_exceeded(self._room)
            yield piece


async def _blocks(pieces: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Join small pieces, so that each block is worth the way to a thread and back."""
    waiting = bytearray()
    async for piece in pieces:
        waiting += piece
        if len(waiting) >= _BLOCK:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting)


def _type_of(said: str, name: str) -> str:
    """Return a file's content type: what its sender said, else what its name tells.

    Raises:
        InvalidRequest: What was said is none.
    """
    if said:
        if len(said) > _LONGEST_TYPE or not _TYPE.fullmatch(said):
            raise InvalidRequest("The file's Content-Type is none; send one like application/pdf, or leave it out.")
        return said
    return _TYPES.get(PurePosixPath(name).suffix.lower(), _UNKNOWN)
