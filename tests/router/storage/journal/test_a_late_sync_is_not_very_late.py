import asyncio
import os
import time
from pathlib import Path

import pytest

from vutler_router.storage.journal.committer import Committer


class Disk:
    """A disk that says that it synced, and that is never left alone while it is `busy`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.busy: Committer | None = None
        self.synced = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._write = os.write
        monkeypatch.setattr(os, "fdatasync", lambda _: self._loop.call_soon_threadsafe(self.synced.set))
        monkeypatch.setattr(os, "write", self._write_and_more)

    def _write_and_more(self, file: int, data: bytes) -> int:
        if self.busy is not None:
            self.busy.write(b"another\n")
        return self._write(file, data)


async def test_with_nothing_else_to_do_it_comes_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(monkeypatch)
    committer = Committer(tmp_path / "lines", asyncio.get_running_loop(), sync_each=False)

    await committer.write(b"a\n")
    written = time.monotonic()
    await asyncio.wait_for(disk.synced.wait(), 10)
    assert time.monotonic() - written < 1
    committer.close()


async def test_while_ever_more_is_written_it_comes_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    committer = Committer(tmp_path / "lines", asyncio.get_running_loop(), sync_each=False)
    disk.busy = committer

    await committer.write(b"a\n")
    await asyncio.wait_for(disk.synced.wait(), 10)
    disk.busy = None
    committer.close()
