"""Contents in a folder of this machine: a file each, which appears complete or not at all."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from typing_extensions import override

from vutler_router.drive.blobs import PIECE, BlobStore, BlobWriter, content_gone, shard_of, storage_failed
from vutler_router.errors import StorageError

__all__ = ["FolderBlobs"]

_FOLDER: Final = 0o700
_OWNER_ONLY: Final = 0o600
_INCOMING: Final = "incoming"


class FolderBlobs(BlobStore):
    """See `BlobStore`. All work on files is done in threads.

    Args:
        root: The drive's folder, on a file system of its own or not; what comes in is in it too, so that it can be
            renamed into its place.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / _INCOMING

    @classmethod
    async def open(cls, folder: Path, drive_id: str) -> "FolderBlobs":
        """Make the folder where it is missing. Raises `StorageError`."""
        store = cls(folder / drive_id)
        try:
            await asyncio.to_thread(store._prepare)
        except OSError as error:
            raise StorageError(f"{folder}: {error.strerror}; make it writable, or set DRIVE_STORAGE_PATH.") from None
        return store

    @override
    def create(self, blob_id: str) -> BlobWriter:
        return _FileWriter(self._incoming / blob_id, self._place(blob_id))

    @override
    async def read(self, blob_id: str, start: int, stop: int) -> AsyncIterator[bytes]:
        with _translated(reading=True):
            file = await asyncio.to_thread(self._place(blob_id).open, "rb", 0)
            try:
                await asyncio.to_thread(file.seek, start)
                while start < stop:
                    piece = await asyncio.to_thread(file.read, min(PIECE, stop - start))
                    if not piece:
                        raise storage_failed("a content is shorter than its file")
                    start += len(piece)
                    yield piece
            finally:
                file.close()

    @override
    async def delete(self, blob_id: str) -> None:
        with _translated():
            await asyncio.to_thread(_forget, self._incoming / blob_id, self._place(blob_id))

    @override
    async def leftovers(self, before: datetime) -> AsyncIterator[Sequence[str]]:
        with _translated():
            folders = await asyncio.to_thread(_folders_in, self._root)
            for folder in folders:
                found = await asyncio.to_thread(_unchanged_in, folder, before.timestamp())
                if found:
                    yield found

    def _place(self, blob_id: str) -> Path:
        return self._root / shard_of(blob_id) / blob_id

    def _prepare(self) -> None:
        self._incoming.mkdir(mode=_FOLDER, parents=True, exist_ok=True)


class _FileWriter(BlobWriter):
    """One file that is coming in. Python's own buffer has a lock, so a cancelled write and `abort` do not meet."""

    def __init__(self, draft: Path, place: Path) -> None:
        self._draft = draft
        self._place = place
        self._file: IO[bytes] | None = None

    @override
    async def write(self, block: bytes) -> None:
        with _translated():
            await asyncio.to_thread(self._write, block)

    @override
    async def finish(self) -> None:
        with _translated():
            await asyncio.to_thread(self._finish)

    @override
    async def abort(self) -> None:
        with contextlib.suppress(OSError):
            await asyncio.to_thread(self._abort)

    def _write(self, block: bytes) -> None:
        self._opened().write(block)

    def _finish(self) -> None:
        file = self._opened()
        file.flush()
        os.fsync(file.fileno())
        file.close()
        folder = self._place.parent
        try:
            folder.mkdir(mode=_FOLDER)
        except FileExistsError:
            pass
        else:
            _sync(folder.parent)
        self._draft.rename(self._place)
        _sync(folder)

    def _abort(self) -> None:
        if self._file is not None:
            self._file.close()
        _forget(self._draft, self._place)

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            descriptor = os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
            self._file = os.fdopen(descriptor, "wb")
        return self._file


def _sync(folder: Path) -> None:
    """Make a name in a folder outlive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _forget(*files: Path) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def _folders_in(root: Path) -> list[Path]:
    with os.scandir(root) as entries:
        return [Path(entry.path) for entry in entries if entry.is_dir()]


def _unchanged_in(folder: Path, before: float) -> list[str]:
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):
                if entry.stat().st_mtime < before:
                    found.append(entry.name)
    return found


@contextlib.contextmanager
def _translated(*, reading: bool = False) -> Iterator[None]:
    """Turn the operating system's errors into ours."""
    try:
        yield
    except OSError as error:
        if reading and isinstance(error, FileNotFoundError):
            raise content_gone() from None
        raise storage_failed(error.strerror or type(error).__name__) from error
