"""Writes journal lines to disk in a thread of its own: whatever came while it was busy goes out in one write."""

import asyncio
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final

import structlog

__all__ = ["Committer", "Place", "sync_folder"]

_OWNER_ONLY: Final = 0o600
_RETRY_SECONDS: Final = 1.0

_SOON_SECONDS: Final = 0.1
"""How long lines that are written may wait for their sync where nobody waits for that. A sync right behind each line
was tried: it takes the time from the next answer that it does not take from this one."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Bytes of a file, the end excluded."""

    path: Path
    start: int
    end: int


@dataclass(slots=True)
class _Job:
    """Something to do with the files, in order.

    Attributes:
        lines: What to write.
        safe: Done when they are on disk; None where nobody waits.
        rotate: The file to go on with from here.
        remove: A file that is no longer needed.
        on_place: Told in the thread where the lines stand, before `safe` is done.
    """

    lines: bytes = b""
    safe: "asyncio.Future[None] | None" = None
    rotate: Path | None = None
    remove: Path | None = None
    on_place: Callable[[Place], None] | None = None

    @property
    def can_wait(self) -> bool:
        """Whether nothing is lost if it is done together with what comes next."""
        return self.safe is None and self.rotate is None


class Committer:
    """Appends to one file at a time; what it calls safe is on disk (fdatasync), not in a cache.

    Without `sync_each`, rows are called safe once they are written, which a killed process cannot undo but a power cut
    can; they are synced a tenth of a second later, whether more come in or not. A line whose place somebody asks for
    is synced first in any case.

    A disk that refuses (full, broken) is asked again every second: lines wait in memory, and `broken` says so. Whoever
    waits for lines alone goes on then, for the answer they stand for has been given; who asks for their place waits.

    Args:
        path: The file to begin with.
        loop: Where futures are resolved.
        sync_each: Whether rows are synced before they are called safe.
    """

    def __init__(self, path: Path, loop: asyncio.AbstractEventLoop, *, sync_each: bool = True) -> None:
        self.broken = False
        self._sync_each = sync_each
        self._unsynced_since: float | None = None
        self._loop = loop
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._stop = threading.Event()
        self._path = path
        self._file, self._size = _opened(path)
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def write(self, lines: bytes, on_place: Callable[[Place], None] | None = None) -> "asyncio.Future[None]":
        """Write lines; the future is done when they are safe."""
        safe = self._loop.create_future()
        self._jobs.put(_Job(lines, safe, on_place=on_place))
        return safe

    def write_some_time(self, lines: bytes) -> None:
        """Write lines with the next ones that somebody waits for; a crash before that may lose them."""
        self._jobs.put(_Job(lines))

    def rotate(self, path: Path, lines: bytes, on_place: Callable[[Place], None]) -> None:
        """Go on in a new file that begins with these lines."""
        self._jobs.put(_Job(lines, rotate=path, on_place=on_place))

    def remove(self, path: Path) -> None:
        """Delete a file that is no longer written to, some time."""
        self._jobs.put(_Job(remove=path))

    def close(self) -> None:
        """Write what is there and end the thread; blocks for that long."""
        self._jobs.put(None)
        self._stop.set()
        self._thread.join()
        self._sync_late()
        os.close(self._file)

    def _run(self) -> None:
        held: list[_Job] = []
        ending = False
        while not ending:
            group, ending = self._taken(self._next())
            held += group
            if ending or not all(job.can_wait for job in held):
                self._do(held)
                held = []

    def _next(self) -> _Job | None:
        """Wait for something to do; what is only written is synced when its time has come."""
        if self._unsynced_since is not None:
            left = self._unsynced_since + _SOON_SECONDS - time.monotonic()
            try:
                if left > 0:
                    return self._jobs.get(timeout=left)
            except Empty:
                pass
            self._sync_late()
        return self._jobs.get()

    def _taken(self, job: _Job | None) -> tuple[list[_Job], bool]:
        """Return this job and all that wait behind it, and whether the end was announced."""
        group: list[_Job] = []
        while job is not None:
            group.append(job)
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return group, False
        return group, True

    def _do(self, jobs: list[_Job]) -> None:
        """Do jobs, and report them safe: as few writes as there are files."""
        run: list[_Job] = []
        for job in jobs:
            if job.rotate is not None:
                self._persist(run)
                run = []
            run.append(job)
        self._persist(run)
        for job in jobs:
            if job.remove is not None:
                job.remove.unlink(missing_ok=True)

    def _persist(self, jobs: list[_Job]) -> None:
        """Write the lines of jobs that share a file, however often that takes."""
        while True:
            try:
                self._write(jobs)
            except OSError as error:
                self.broken = True
                _log.error("usage rows cannot be kept on disk", error=error.strerror, file=self._path.name)
                self._resolve([job for job in jobs if job.on_place is None])
                if self._stop.wait(_RETRY_SECONDS):
                    return
            else:
                self.broken = False
                break
        self._resolve(jobs)

    def _resolve(self, jobs: list[_Job]) -> None:
        """Let those go on who wait for jobs."""
        done = [job.safe for job in jobs if job.safe is not None]
        if done:
            self._loop.call_soon_threadsafe(_resolve, done)

    def _write(self, jobs: list[_Job]) -> None:
        for job in jobs:
            if job.rotate is not None and job.rotate != self._path:
                self._switch(job.rotate)
        lines = b"".join([job.lines for job in jobs])
        if not lines:
            return
        start = self._append(lines, sync=self._sync_each or any(job.on_place is not None for job in jobs))
        for job in jobs:
            end = start + len(job.lines)
            if job.on_place is not None:
                job.on_place(Place(self._path, start, end))
            start = end

    def _append(self, lines: bytes, *, sync: bool) -> int:
        """Put lines at the end of the file, all of them or none, and return where they begin."""
        start = self._size
        try:
            rest = memoryview(lines)
            while rest:
                rest = rest[os.write(self._file, rest) :]
            if sync:
                os.fdatasync(self._file)
        except OSError:
            os.ftruncate(self._file, start)
            raise
        if sync:
            self._unsynced_since = None
        elif self._unsynced_since is None:
            self._unsynced_since = time.monotonic()
        self._size += len(lines)
        return start

    def _sync_late(self) -> None:
        """Sync lines that were called safe when they were written; there is nobody left to tell that it failed."""
        if self._unsynced_since is None:
            return
        self._unsynced_since = None
        try:
            os.fdatasync(self._file)
        except OSError as error:
            self.broken = True
            _log.error("usage rows may not survive a power cut", error=error.strerror, file=self._path.name)

    def _switch(self, path: Path) -> None:
        file, size = _opened(path)
        self._sync_late()
        os.close(self._file)
        self._file, self._size, self._path = file, size, path


def _opened(path: Path) -> tuple[int, int]:
    """Open a file at its end, for its owner alone, and make sure that its name survives a power cut."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, _OWNER_ONLY)
    sync_folder(path.parent)
    return file, os.fstat(file).st_size


def sync_folder(folder: Path) -> None:
    """Make sure that the names in a folder survive a power cut."""
    opened = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _resolve(futures: "list[asyncio.Future[None]]") -> None:
    for future in futures:
        if not future.done():
            future.set_result(None)
