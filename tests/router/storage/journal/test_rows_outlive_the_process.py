"""A crash is tried by opening a copy of the folder as it was at that moment; the lock dies with a process."""

import asyncio
import os
import resource
import shutil
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.router_values import make_entry
from vutler_router.errors import StorageError
from vutler_router.metering.batches import Batch
from vutler_router.storage.journal import Spool, open_spools, spool
from vutler_router.storage.journal.frames import is_row

_WAIT_SECONDS = 10


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Spool]:
    opened, _ = await open_spools(tmp_path / "spool", lambda: 0)
    yield opened
    await opened.aclose()


async def test_batches_are_given_out_in_order_until_acknowledged(journal: Spool) -> None:
    await add(journal, "a", "b")
    journal.close_batch()
    await add(journal, "c")
    journal.close_batch()

    first = await oldest(journal)
    assert await oldest(journal) == first
    assert (ids(first), first.number, journal.waiting) == (["a", "b"], 1, 3)
    journal.acknowledge(first)
    second = await oldest(journal)
    assert (ids(second), second.number, journal.waiting) == (["c"], 2, 1)
    journal.acknowledge(second)
    assert await journal.oldest() is None
    assert journal.waiting == 0


async def test_a_request_id_is_in_a_batch_once(journal: Spool) -> None:
    await add(journal, "a", "b", "a")
    journal.close_batch()

    assert ids(await oldest(journal)) == ["a", "b"]


async def test_after_a_crash_batches_are_the_same_and_open_rows_become_one(journal: Spool, tmp_path: Path) -> None:
    await add(journal, "a", "b")
    journal.close_batch()
    before = await oldest(journal)
    await add(journal, "c", "d")

    async with after_crash(tmp_path) as recovered:
        again = await oldest(recovered)
        assert again == before
        recovered.acknowledge(again)
        left = await oldest(recovered)
        assert (left.writer, left.number, ids(left)) == (before.writer, 2, ["c", "d"])


async def test_what_was_acknowledged_does_not_come_again(journal: Spool, tmp_path: Path) -> None:
    await add(journal, "a")
    journal.close_batch()
    journal.acknowledge(await oldest(journal))
    await add(journal, "b")  # takes the acknowledgement along to disk

    async with after_crash(tmp_path) as recovered:
        batch = await oldest(recovered)
        assert (batch.number, ids(batch)) == (2, ["b"])


async def test_numbers_go_on_over_any_number_of_restarts(tmp_path: Path) -> None:
    numbers = []
    for start in range(4):
        journal, others = await open_spools(tmp_path / "spool", lambda: 1)
        assert others == []
        await add(journal, f"r{start}")
        journal.close_batch()
        batch = await oldest(journal)
        journal.acknowledge(batch)
        numbers.append((batch.writer, batch.number, batch.answered))
        await journal.aclose()

    writer = numbers[0][0]
    assert numbers == [(writer, 1, 1), (writer, 2, 2), (writer, 3, 3), (writer, 4, 4)]


async def test_rows_beyond_what_memory_holds_are_read_from_disk(
    journal: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "_ROWS_IN_MEMORY", 3)
    for number in range(5):
        await add(journal, f"{number}-a", f"{number}-b")
        journal.close_batch()

    found = []
    while (batch := await journal.oldest()) is not None:
        found.append(ids(batch))
        journal.acknowledge(batch)

    assert found == [[f"{number}-a", f"{number}-b"] for number in range(5)]
    assert journal.waiting == 0


async def test_a_row_is_safe_only_once_it_is_synced(journal: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = SlowDisk(monkeypatch)
    row = journal.add(make_entry("a"))
    await until(lambda: disk.asked > 0)
    assert not row.done()

    disk.answer.set()
    await row


async def test_where_syncs_may_be_late_a_row_is_safe_when_a_killed_process_would_not_lose_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, _ = await open_spools(tmp_path / "spool", lambda: 0, sync_each=False)
    await oldest_after(journal, "first")
    disk = SlowDisk(monkeypatch)
    await add(journal, "a")

    crash = after_crash(tmp_path)
    await until(lambda: disk.asked > 0)
    disk.answer.set()
    async with crash as recovered:
        assert [ids(batch) for batch in await drained(recovered)] == [["first"], ["a"]]
    await journal.aclose()


async def test_where_syncs_may_be_late_a_batch_is_given_out_only_once_it_is_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, _ = await open_spools(tmp_path / "spool", lambda: 0, sync_each=False)
    await oldest_after(journal, "first")
    journal.acknowledge(await oldest(journal))
    disk = SlowDisk(monkeypatch)
    await add(journal, "a")
    journal.close_batch()
    batch = asyncio.ensure_future(journal.oldest())
    await until(lambda: disk.asked > 0)
    assert not batch.done()

    disk.answer.set()
    assert ids(await oldest(journal)) == ["a"]
    await batch
    await journal.aclose()


async def test_files_are_begun_anew_and_deleted_when_the_database_has_them(
    journal: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "_FILE_BYTES", 1)
    for number in range(4):
        await add(journal, f"r{number}")
        journal.close_batch()
    await add(journal, "last")
    assert len(files(tmp_path)) == 5

    async with after_crash(tmp_path) as recovered:
        assert [ids(batch) for batch in await drained(recovered)] == [["r0"], ["r1"], ["r2"], ["r3"], ["last"]]
    assert [ids(batch) for batch in await drained(journal)] == [["r0"], ["r1"], ["r2"], ["r3"]]
    await add(journal, "later")
    await until(lambda: len(files(tmp_path)) == 1)


async def test_a_second_process_has_a_journal_of_its_own_and_takes_over_what_the_first_left(tmp_path: Path) -> None:
    first, _ = await open_spools(tmp_path / "spool", lambda: 0)
    second, others = await open_spools(tmp_path / "spool", lambda: 0)
    assert second.writer != first.writer
    assert others == []
    await add(first, "a")
    await add(second, "b")
    await second.aclose()
    await first.aclose()

    third, (fourth,) = await open_spools(tmp_path / "spool", lambda: 0)

    assert sorted(ids(await oldest(third)) + ids(await oldest(fourth))) == ["a", "b"]
    fourth.acknowledge(await oldest(fourth))
    await fourth.discard()
    assert [folder.name for folder in (tmp_path / "spool").iterdir()] == [third.writer]
    await third.aclose()


async def test_only_the_owner_may_read_what_is_kept(journal: Spool, tmp_path: Path) -> None:
    await add(journal, "a")

    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "spool").rglob("*")} == {0}


async def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file")

    with pytest.raises(StorageError, match="spool"):
        await open_spools(tmp_path / "spool", lambda: 0)


async def test_a_line_that_the_disk_spoilt_costs_no_other_row(journal: Spool, tmp_path: Path) -> None:
    await add(journal, "a", "b", "c")
    (path,) = files(tmp_path)
    content = path.read_bytes()
    middle = content.index(b'"b"') + 1
    path.write_bytes(content[:middle] + b"?" + content[middle + 1 :])

    async with after_crash(tmp_path) as recovered:
        assert ids(await oldest(recovered)) == ["a", "c"]


async def test_a_full_disk_is_said_and_what_was_taken_is_written_when_there_is_room(
    journal: Spool, tmp_path: Path
) -> None:
    await add(journal, "a")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = files(tmp_path)[0].stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, limits[1]))
    try:
        await add(journal, "b")  # its answer is given; the caller is not kept waiting
        assert journal.broken
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    await add(journal, "c")
    await until(lambda: not journal.broken)

    async with after_crash(tmp_path) as recovered:
        assert ids(await oldest(recovered)) == ["a", "b", "c"]


@settings(max_examples=40)
@given(st.data())
def test_a_crash_at_any_byte_keeps_every_row_that_was_whole(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    asyncio.run(crash_anywhere(data, tmp_path_factory.mktemp("crash")))


async def crash_anywhere(data: st.DataObject, folder: Path) -> None:
    sizes = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    journal, _ = await open_spools(folder / "spool", lambda: 0)
    for batch, size in enumerate(sizes):
        await add(journal, *(f"row-{batch}-{row}" for row in range(size)))
        if batch < len(sizes) - 1:
            journal.close_batch()
    await add(journal)
    (path,) = files(folder)
    content = path.read_bytes()
    cut = data.draw(st.integers(0, len(content)))
    whole = [line for line in content[:cut].split(b"\n") if is_row(line)]
    expected = [
        row
        for row in (f"row-{b}-{r}" for b, size in enumerate(sizes) for r in range(size))
        if any(f'"{row}"'.encode() in line for line in whole)
    ]
    copy = shutil.copytree(folder / "spool", folder / "copy")
    (copied,) = copy.rglob("*.journal")
    os.truncate(copied, cut)

    recovered, _ = await open_spools(copy, lambda: 0)
    batches = await drained(recovered)

    assert [row for batch in batches for row in ids(batch)] == expected
    assert [batch.number for batch in batches] == list(range(1, len(batches) + 1))
    await recovered.aclose()
    await journal.aclose()


class after_crash:  # noqa: N801 - reads as what it is: `async with after_crash(folder)`
    """What the next process finds if this one dies now."""

    def __init__(self, folder: Path) -> None:
        self._copy = folder / "after-crash"
        shutil.rmtree(self._copy, ignore_errors=True)
        shutil.copytree(folder / "spool", self._copy)

    async def __aenter__(self) -> Spool:
        self._journal, _ = await open_spools(self._copy, lambda: 0)
        return self._journal

    async def __aexit__(self, *_: object) -> None:
        await self._journal.aclose()


class SlowDisk:
    """Syncs when it is told to.

    Attributes:
        asked: How many syncs were begun.
        answer: Lets them end.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = 0
        self.answer = threading.Event()
        monkeypatch.setattr(os, "fdatasync", self._sync)

    def _sync(self, _file: int) -> None:
        self.asked += 1
        assert self.answer.wait(_WAIT_SECONDS)


async def oldest_after(journal: Spool, request_id: str) -> Batch:
    """Add a row, close its batch and wait until all of it is on disk."""
    await add(journal, request_id)
    journal.close_batch()
    return await oldest(journal)


async def add(journal: Spool, *request_ids: str) -> None:
    async with asyncio.timeout(_WAIT_SECONDS):
        await asyncio.gather(*(journal.add(make_entry(request_id)) for request_id in request_ids))


async def oldest(journal: Spool) -> Batch:
    batch = await journal.oldest()
    assert batch is not None
    return batch


async def drained(journal: Spool) -> list[Batch]:
    found = []
    while (batch := await journal.oldest()) is not None:
        found.append(batch)
        journal.acknowledge(batch)
    return found


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(_WAIT_SECONDS):
        while not true():  # noqa: ASYNC110 - the journal's thread tells nobody
            await asyncio.sleep(0.01)


def ids(batch: Batch) -> list[str]:
    return [entry.request_id for entry in batch.entries]


def files(folder: Path) -> list[Path]:
    return sorted((folder / "spool").rglob("*.journal"))
