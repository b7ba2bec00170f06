"""Files for whoever asks: the API, and the tools of agents."""

import contextlib
import re
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from vutler_router.domain.drive import DriveFile
from vutler_router.domain.drive_store import DriveIndex
from vutler_router.drive.blobs import BlobStore
from vutler_router.drive.paths import DrivePath, file_path, folder_path
from vutler_router.errors import InvalidRequest, NotFound, NotReady, StorageError
from vutler_router.keys.link_signing import LinkSigner
from vutler_router.services.drive.cursors import Position, cursor_of, position_in
from vutler_router.services.drive.metrics import DriveMetrics
from vutler_router.services.drive.scope import DriveScope
from vutler_router.services.drive.settings import MOST_UPLOADS, DriveLimits
from vutler_router.services.drive.upload import Upload

__all__ = ["DriveContent", "DriveListing", "DriveRoom", "DriveService", "ShareLink"]

_ID: Final = re.compile(r"file_[0-9a-f]{32}")
_LONGEST_SHARE: Final = 7 * 24 * 3600
_MOST_LISTED: Final = 500

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DriveListing:
    """A page of a folder: its folders by name, then its files by name.

    Attributes:
        folder: The folder's path, with a slash at both ends.
        folders: Paths of folders in it.
        next_cursor: What continues the list; None at its end.
    """

    folder: str
    folders: Sequence[str]
    files: Sequence[DriveFile]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class DriveContent:
    """A file with the beginning of its content, or all of it.

    Attributes:
        whole: Whether `data` is all.
    """

    file: DriveFile
    data: bytes
    whole: bool


@dataclass(frozen=True, slots=True)
class ShareLink:
    """A link that opens one file to whoever has it, without a token.

    Attributes:
        path: Path and query of its URL; what comes in front is the router's address as the reader knows it.
        expires_at: UTC.
    """

    path: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class DriveRoom:
    """What files come to, and what they may come to, in bytes; a quota that is None limits nothing.

    Attributes:
        agent_id: Whose own files are counted beside the workspace's; None for nobody's.
        agent_used: What counts as that agent's.
    """

    workspace_id: str
    used: int
    quota: int | None
    agent_id: str | None
    agent_used: int | None
    agent_quota: int | None
    largest_file: int


class DriveService:
    """The drive of all workspaces; `scope` says who asks, and what is not theirs is not found.

    A path is absolute in its workspace, or begins in the scope's own folder. Where a path is asked for, the id of a
    file does too.

    Args:
        new_id: Makes ids of files, `file_` and 32 hexadecimal digits.
        links: Signs links.
    """

    def __init__(
        self,
        index: DriveIndex,
        blobs: BlobStore,
        limits: DriveLimits,
        links: LinkSigner,
        metrics: DriveMetrics,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._index = index
        self._blobs = blobs
        self._limits = limits
        self._links = links
        self._metrics = metrics
        self._now = now
        self._new_id = new_id
        self._uploads = 0

    @property
    def largest_file(self) -> int:
        """The largest file taken, in bytes."""
        return self._limits.file_size

    async def list(
        self, scope: DriveScope, path: str = "", *, limit: int = 100, cursor: str | None = None
    ) -> DriveListing:
        """List a folder; one that does not exist is empty, for a folder is there while it holds a file.

        Raises:
            InvalidRequest: The path breaks a rule, or the cursor belongs to another folder.
        """
        workspace, folder = scope.workspace, folder_path(path, scope.home)
        position, limit = position_in(cursor, workspace, folder), max(1, min(limit, _MOST_LISTED))
        names: Sequence[str] = ()
        if not position.in_files:
            names = await self._index.folders(workspace, folder, after=position.name, limit=limit + 1)
        if len(names) > limit:
            position = Position(in_files=False, name=names[limit - 1])
            return _page(workspace, folder, names[:limit], (), position)
        room = limit - len(names)
        after = position.name if position.in_files else ""
        files = await self._index.files(workspace, folder, after=after, limit=room + 1)
        more = len(files) > room
        shown = files[:room]
        last = Position(in_files=True, name=shown[-1].name if shown else after) if more else None
        return _page(workspace, folder, names, shown, last)

    async def room(self, scope: DriveScope) -> DriveRoom:
        """Tell how much a workspace's files come to, and those of the scope's agent. Raises `StorageError`."""
        workspace, agent_id = scope.workspace, scope.owner_in(scope.home)
        used = await self._index.used(workspace)
        own = await self._index.used(workspace, agent_id) if agent_id is not None else None
        quota = self._limits.quota
        agent_quota = quota.agent if agent_id is not None else None
        return DriveRoom(workspace, used, quota.workspace, agent_id, own, agent_quota, self.largest_file)

    async def get(self, scope: DriveScope, file_id: str) -> DriveFile:
        """Return the file of this id. Raises `NotFound`: there is none, or not in this workspace."""
        with self._metrics.watching():
            found = await self._index.get(file_id) if _ID.fullmatch(file_id) else None
            if found is None or not scope.sees(found):
                raise _no_file(file_id)
            return found

    async def find(self, scope: DriveScope, path_or_id: str) -> DriveFile:
        """Return the file at a path or of an id.

        Raises:
            NotFound: There is none, or not in this workspace.
            InvalidRequest: The path breaks a rule.
        """
        if _ID.fullmatch(path_or_id):
            return await self.get(scope, path_or_id)
        with self._metrics.watching():
            place = file_path(path_or_id, scope.home)
            found = await self._index.find(scope.workspace, place.folder, place.name)
            if found is None:
                raise _no_file(path_or_id)
            return found

    async def read(self, scope: DriveScope, path_or_id: str, max_bytes: int) -> DriveContent:
        """Return a file with the first `max_bytes` of its content. Raises as `find` does, and `StorageError`."""
        file = await self.find(scope, path_or_id)
        stop = min(file.size, max_bytes)
        data = b"".join([piece async for piece in await self.stream(file, 0, stop)])
        return DriveContent(file, data, whole=stop == file.size)

    async def stream(self, file: DriveFile, start: int, stop: int) -> AsyncIterator[bytes]:
        """Return the bytes of a file from `start` up to `stop`, the first of them at hand.

        Raises:
            NotFound: The file was deleted meanwhile.
            StorageError: The content cannot be read.
        """
        with self._metrics.watching():
            pieces = self._blobs.read(file.id, start, stop)
            first = await anext(pieces, b"")
        self._metrics.read()
        return self._counted(first, pieces)

    @contextlib.asynccontextmanager
    async def receiving(self, scope: DriveScope) -> AsyncIterator[Upload]:
        """Begin an upload, whose content is gone at the end of the block unless it was published.

        Raises:
            NotReady: Too many are under way.
        """
        with self._metrics.watching():
            if self._uploads >= MOST_UPLOADS:
                raise NotReady(f"The router has {MOST_UPLOADS} uploads under way; try again.", code="overloaded")
            self._uploads += 1
            upload = Upload(self._new_id(), scope, self._index, self._blobs, self._limits, self._now)
            try:
                yield upload
            finally:
                self._uploads -= 1
                await upload.close()

    async def publish(
        self, upload: Upload, place: DrivePath, content_type: str = "", *, overwrite: bool = False
    ) -> DriveFile:
        """Show an upload's file, and throw away what it replaces. Raises as `Upload.publish` does."""
        file, replaced = await upload.publish(place, content_type, overwrite=overwrite)
        self._metrics.uploaded(file.size)
        if replaced is not None:
            await self._throw_away(replaced)
        return file

    async def write(
        self,
        scope: DriveScope,
        path: str,
        content: bytes | AsyncIterable[bytes],
        content_type: str = "",
        *,
        overwrite: bool = False,
    ) -> DriveFile:
        """Write a file, whole or not at all.

        Args:
            scope: Who writes.
            path: Where to.
            content: All of it, or pieces as they come.
            content_type: Guessed from the path where it is empty.
            overwrite: Whether to replace what is there; the new file has a new id.

        Raises:
            InvalidRequest: The path breaks a rule, or files are not kept there.
            Forbidden: The scope may not write there.
            Conflict: There is a file already, and `overwrite` is false.
            TooLarge: It is larger than a file or the quota may be.
            StorageError: It cannot be stored.
        """
        async with self.receiving(scope) as upload:
            place = file_path(path, scope.home)
            await upload.expect(place, overwrite=overwrite)
            await upload.take(_once(content) if isinstance(content, bytes) else content)
            return await self.publish(upload, place, content_type, overwrite=overwrite)

    async def delete(self, scope: DriveScope, path_or_id: str) -> DriveFile:
        """Delete a file and return what it was.

        Raises:
            NotFound: There is none, or not in this workspace.
            Forbidden: It may be read only.
        """
        file = await self.find(scope, path_or_id)
        with self._metrics.watching():
            scope.check_writes(file.folder)
            if await self._index.remove(file.id) is None:
                raise _no_file(path_or_id)
        await self._throw_away(file)
        self._metrics.deleted()
        return file

    async def share_link(self, scope: DriveScope, path_or_id: str, seconds: int) -> ShareLink:
        """Make a link that opens a file for so many seconds, to whoever has it; deleting the file ends it before.

        Raises:
            NotFound: There is no such file.
            InvalidRequest: The time is not 1 to 604800 seconds.
        """
        if not 1 <= seconds <= _LONGEST_SHARE:
            raise InvalidRequest(f"A link lasts from 1 to {_LONGEST_SHARE} seconds (7 days).", param="seconds")
        file = await self.find(scope, path_or_id)
        until = (self._now() + timedelta(seconds=seconds)).replace(microsecond=0)
        return ShareLink(f"/api/v1/drive/shared/{self._links.sign(file.id, until)}", until)

    async def shared(self, token: str) -> DriveFile:
        """Return the file that a link opens.

        Raises:
            Unauthenticated: The link is not valid, or no longer.
            NotFound: The file was deleted.
        """
        with self._metrics.watching():
            file = await self._index.get(self._links.verify(token, self._now()))
            if file is None:
                raise NotFound("The file of this link was deleted or replaced.", code="file_not_found")
            return file

    async def _counted(self, first: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        self._metrics.sent(len(first))
        yield first
        async for piece in pieces:
            self._metrics.sent(len(piece))
            yield piece

    async def _throw_away(self, file: DriveFile) -> None:
        """Delete the content of a file that is gone; what cannot be deleted now is swept."""
        try:
            await self._blobs.delete(file.id)
        except StorageError as error:
            _log.warning("content of a deleted file stays for now", file_id=file.id, error=error.message)


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _page(
    workspace: str, folder: str, names: Sequence[str], files: Sequence[DriveFile], last: Position | None
) -> DriveListing:
    cursor = cursor_of(workspace, folder, last) if last is not None else None
    return DriveListing(folder, [f"{folder}{name}/" for name in names], files, cursor)


def _no_file(path_or_id: str) -> NotFound:
    return NotFound(f"There is no file {path_or_id[:200]}.", code="file_not_found")
