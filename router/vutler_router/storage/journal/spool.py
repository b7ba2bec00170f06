"""One writer's journal in a folder of its own, and how a process comes by its folder."""

import asyncio
import fcntl
import os
import shutil
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
from typing_extensions import override

from vutler_router.errors import StorageError
from vutler_router.metering.batches import Batch
from vutler_router.metering.journal import LARGEST_BATCH, Journal, unique_rows
from vutler_router.metering.ledger import Entry
from vutler_router.storage.journal.committer import Committer, Place, sync_folder
from vutler_router.storage.journal.frames import Acknowledged, Closed, Opened, row_frame, write_frame
from vutler_router.storage.journal.recovery import SUFFIX, Remains, read_remains, read_rows

__all__ = ["Spool", "open_spools"]

_FILE_BYTES: Final = 8 << 20
"""From this size on a new file is begun; one is deleted when the database has all of it."""

_ROWS_IN_MEMORY: Final = 20_000
"""Closed rows that are kept in memory too; further ones are read from disk when it is their turn."""

_LOCK: Final = "lock"
_OWNER_ONLY: Final = 0o700

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Closed:
    """A batch that waits for its turn.

    Attributes:
        rows: As many waiting rows it stands for.
        entries: The rows, unless memory is short.
        place: Where they stand; known once it is safe.
        safe: Done when all of it is on disk.
    """

    number: int
    answered: int
    rows: int
    entries: tuple[Entry, ...] | None
    place: Place | None = None
    safe: "asyncio.Future[None] | None" = None


class Spool(Journal):
    """See `Journal`. Only the event loop's thread may use it.

    Args:
        folder: Its own; the folder's name is the writer's identity.
        lock: The open lock file that makes it ours.
        remains: What an earlier run left.
        answered: How many answers this process has counted.
        sync_each: Whether a row is synced, and not only written, before it is called safe.
    """

    def __init__(
        self, folder: Path, lock: int, remains: Remains, answered: Callable[[], int], *, sync_each: bool = True
    ) -> None:
        self._folder = folder
        self._lock = lock
        self._count_answered = answered
        self._answered = remains.answered + remains.open_rows
        self._number = remains.number
        self._file = int(remains.paths[-1].stem) if remains.paths else 0
        self._file_bytes = 0
        self._open: list[Entry] = []
        self._closed = deque(
            _Closed(found.number, found.answered, found.rows, None, found.place) for found in remains.batches
        )
        self._waiting = sum(found.rows for found in remains.batches)
        self._in_memory = 0
        self._batch: Batch | None = None
        self._start = 0
        self._begin(remains, sync_each=sync_each)

    def _begin(self, remains: Remains, *, sync_each: bool) -> None:
        """Close what was left open, and go on in a new file."""
        last = remains.paths[-1] if remains.paths else self._path(1)
        self._committer = Committer(last, asyncio.get_running_loop(), sync_each=sync_each)
        if remains.open_rows:
            self._number += 1
            closed = _Closed(self._number, self._answered, remains.open_rows, None, remains.open_place)
            line = write_frame(Closed(self._number, self._answered))
            closed.safe = self._committer.write(b"\n" + line)  # the last line may have been cut off
            self._closed.append(closed)
            self._waiting += closed.rows
        self._kept = {closed.place.path for closed in self._closed if closed.place is not None}
        self._rotate()
        for path in remains.paths:
            if path not in self._kept:
                self._committer.remove(path)

    @property
    def writer(self) -> str:
        """Whose batches these are."""
        return self._folder.name

    @property
    @override
    def waiting(self) -> int:
        return self._waiting

    @property
    @override
    def broken(self) -> bool:
        return self._committer.broken

    @override
    def add(self, entry: Entry) -> "asyncio.Future[None]":
        frame = row_frame(entry)
        safe = self._committer.write(frame)
        self._file_bytes += len(frame)
        self._open.append(entry)
        self._waiting += 1
        if len(self._open) >= LARGEST_BATCH:
            self.close_batch()
        return safe

    @override
    def close_batch(self) -> None:
        if not self._open:
            return
        self._number += 1
        answered = self._answered + self._count_answered()
        keep = self._in_memory < _ROWS_IN_MEMORY
        closed = _Closed(self._number, answered, len(self._open), unique_rows(self._open) if keep else None)
        self._in_memory += closed.rows if keep else 0

        def placed(line: Place) -> None:
            closed.place = Place(line.path, self._start, line.start)
            self._start = line.end

        closed.safe = self._committer.write(write_frame(Closed(self._number, answered)), placed)
        self._closed.append(closed)
        self._open = []
        if self._file_bytes >= _FILE_BYTES:
            self._rotate()

    @override
    async def oldest(self) -> Batch | None:
        if not self._closed:
            return None
        first = self._closed[0]
        if first.safe is not None:
            await asyncio.shield(first.safe)
        if self._batch is None:
            self._batch = await self._loaded(first)
        return self._batch

    async def _loaded(self, closed: _Closed) -> Batch:
        entries = closed.entries
        if entries is None and closed.place is not None:
            entries = unique_rows(await asyncio.to_thread(read_rows, closed.place))
        return Batch(self.writer, closed.number, entries or (), closed.answered)

    @override
    def acknowledge(self, batch: Batch) -> None:
        done = self._closed.popleft()
        self._batch = None
        self._waiting -= done.rows
        self._in_memory -= done.rows if done.entries is not None else 0
        self._committer.write_some_time(write_frame(Acknowledged(done.number)))
        following = self._closed[0].place if self._closed else None
        if done.place is None or (following is not None and following.path == done.place.path):
            return
        if done.place.path != self._path(self._file):
            self._committer.remove(done.place.path)

    @override
    async def aclose(self) -> None:
        self.close_batch()
        await asyncio.to_thread(self._committer.close)
        os.close(self._lock)

    async def discard(self) -> None:
        """Close a journal whose rows are all acknowledged, and delete its folder."""
        await asyncio.to_thread(self._committer.close)
        await asyncio.to_thread(shutil.rmtree, self._folder)
        os.close(self._lock)

    def _rotate(self) -> None:
        self._file += 1
        self._file_bytes = 0

        def placed(line: Place) -> None:
            self._start = line.end

        answered = self._answered + self._count_answered()
        self._committer.rotate(self._path(self._file), write_frame(Opened(self._number, answered)), placed)

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:08d}{SUFFIX}"


async def open_spools(root: Path, answered: Callable[[], int], *, sync_each: bool = True) -> tuple[Spool, list[Spool]]:
    """Return this process's journal, and those of processes that have ended and left rows.

    A journal belongs to the process that holds its lock, which the system takes away from a process that dies. The
    first that is free is gone on with, so that a restart is the same writer.

    Raises:
        StorageError: The folder cannot be used.
    """
    try:
        taken = await asyncio.to_thread(_take_over, root)
    except OSError as error:
        raise StorageError(f"{error.filename or root}: {error.strerror}; usage rows are kept there first.") from error
    spools = [Spool(folder, lock, remains, answered, sync_each=sync_each) for folder, lock, remains in taken]
    return spools[0], spools[1:]


def _take_over(root: Path) -> list[tuple[Path, int, Remains]]:
    """Lock every folder that nobody holds, at least one, and read what it has."""
    root.mkdir(parents=True, exist_ok=True, mode=_OWNER_ONLY)
    taken = [(folder, lock) for folder in sorted(root.iterdir()) if (lock := _locked(folder)) is not None]
    if not taken:
        folder = root / uuid.uuid4().hex
        folder.mkdir(mode=_OWNER_ONLY)
        sync_folder(root)
        lock = _locked(folder)
        if lock is None:
            raise BlockingIOError(None, "somebody took it away", str(folder))
        taken = [(folder, lock)]
    return [(folder, lock, read_remains(folder)) for folder, lock in taken]


def _locked(folder: Path) -> int | None:
    """Lock a folder for the life of this process; None if another has it, or has just deleted it."""
    if not folder.is_dir():
        return None
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if (folder / _LOCK).stat().st_ino == os.fstat(lock).st_ino:
            return lock
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(lock)
    return None
