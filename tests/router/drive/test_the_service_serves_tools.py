from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from tests.support.router_values import NOON, make_agent
from vutler_router.domain.drive import DriveFile, DriveQuota
from vutler_router.domain.drive_store import InMemoryDriveIndex
from vutler_router.drive.folder_blobs import FolderBlobs
from vutler_router.errors import (
    Conflict,
    Forbidden,
    InvalidRequest,
    NotFound,
    NotReady,
    StorageError,
    TooLarge,
    Unauthenticated,
)
from vutler_router.keys.link_signing import LinkSigner
from vutler_router.services.answering.metrics import RequestMetrics
from vutler_router.services.drive import DriveLimits, DriveScope, DriveService
from vutler_router.services.drive.metrics import DriveMetrics
from vutler_router.services.drive.settings import MOST_UPLOADS
from vutler_router.services.drive.sweeping import DriveSweeper

AVA, ZOE = DriveScope.of_agent(make_agent()), DriveScope.of_agent(make_agent("team-b.zoe"))


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


class Ids:
    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> str:
        self.made += 1
        return f"file_{self.made:032x}"


class FailingIndex(InMemoryDriveIndex):
    """Cannot say whether it kept a file."""

    @override
    async def add(self, *_: object, **__: object) -> DriveFile | None:
        raise StorageError("away")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def index() -> InMemoryDriveIndex:
    return InMemoryDriveIndex()


@pytest.fixture
async def blobs(tmp_path: Path) -> FolderBlobs:
    return await FolderBlobs.open(tmp_path, "drive_1")


def service(index: InMemoryDriveIndex, blobs: FolderBlobs, clock: Clock) -> DriveService:
    links, metrics = LinkSigner([b"k" * 32], "drive"), DriveMetrics(RequestMetrics())
    return DriveService(index, blobs, DriveLimits(1_000, DriveQuota(agent=1_500)), links, metrics, clock, Ids())


@pytest.fixture
def drive(index: InMemoryDriveIndex, blobs: FolderBlobs, clock: Clock) -> DriveService:
    return service(index, blobs, clock)


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def pieces(*content: bytes) -> AsyncIterator[bytes]:
    for piece in content:
        yield piece


async def test_what_is_written_is_read_by_path_and_by_id(drive: DriveService) -> None:
    file = await drive.write(AVA, "notes/a.md", b"hello")

    by_path, by_id = await drive.read(AVA, "notes/a.md", 100), await drive.read(AVA, file.id, 100)

    assert by_path == by_id
    assert (by_path.data, by_path.whole, by_path.file) == (b"hello", True, file)
    assert (file.path, file.content_type) == ("/agents/ava/notes/a.md", "text/markdown")


async def test_a_long_file_is_read_as_far_as_asked(drive: DriveService) -> None:
    await drive.write(AVA, "a", pieces(b"0123", b"", b"456789"))

    found = await drive.read(AVA, "a", 6)

    assert (found.data, found.whole, found.file.size) == (b"012345", False, 10)
    assert (await drive.read(AVA, "a", 10)).whole


async def test_what_another_workspace_has_is_not_found(drive: DriveService) -> None:
    file = await drive.write(AVA, "a", b"x")

    for path_or_id in (file.id, file.path):
        with pytest.raises(NotFound):
            await drive.read(ZOE, path_or_id, 9)
        with pytest.raises(NotFound):
            await drive.delete(ZOE, path_or_id)
        with pytest.raises(NotFound):
            await drive.share_link(ZOE, path_or_id, 9)
    assert (await drive.delete(AVA, "a")).id == file.id


async def test_what_is_refused_leaves_nothing(drive: DriveService, tmp_path: Path) -> None:
    await drive.write(AVA, "a", b"x" * 900)

    for path, content, error in (
        ("a", b"x", Conflict),
        ("/agents/bob/a", b"x", Forbidden),
        ("../a", b"x", InvalidRequest),
        ("b", b"x" * 601, TooLarge),
        ("b", b"x" * 1_001, TooLarge),
    ):
        with pytest.raises(error):
            await drive.write(AVA, path, content)

    assert len(files_in(tmp_path)) == 1
    assert [file.path for file in (await drive.list(AVA)).files] == ["/agents/ava/a"]


async def test_a_writer_that_fails_leaves_nothing(drive: DriveService, tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await drive.write(AVA, "a", broken())

    assert files_in(tmp_path) == []


async def test_the_content_stays_where_the_database_may_have_kept_the_file(
    blobs: FolderBlobs, clock: Clock, tmp_path: Path
) -> None:
    with pytest.raises(StorageError):
        await service(FailingIndex(), blobs, clock).write(AVA, "a", b"hello")

    assert [path.read_bytes() for path in files_in(tmp_path)] == [b"hello"]


async def test_no_more_uploads_are_begun_than_there_is_memory_for(drive: DriveService) -> None:
    under_way = [drive.receiving(AVA) for _ in range(MOST_UPLOADS)]
    for upload in under_way:
        await upload.__aenter__()

    with pytest.raises(NotReady):
        await drive.write(AVA, "a", b"x")

    await under_way[0].__aexit__(None, None, None)
    await drive.write(AVA, "a", b"x")
    for upload in under_way[1:]:
        await upload.__aexit__(None, None, None)


async def test_a_link_opens_a_file_until_its_time_is_over(drive: DriveService, clock: Clock) -> None:
    file = await drive.write(AVA, "a", b"x")
    link = await drive.share_link(AVA, "a", 60)
    token = link.path.removeprefix("/api/v1/drive/shared/")

    assert await drive.shared(token) == file
    clock.now = link.expires_at
    with pytest.raises(Unauthenticated):
        await drive.shared(token)
    assert link.expires_at == NOON + timedelta(seconds=60)


async def test_a_link_ends_with_its_file(drive: DriveService) -> None:
    await drive.write(AVA, "a", b"x")
    token = (await drive.share_link(AVA, "a", 60)).path.rpartition("/")[2]

    await drive.write(AVA, "a", b"y", overwrite=True)

    with pytest.raises(NotFound):
        await drive.shared(token)


@pytest.mark.parametrize("seconds", [0, -1, 604_801])
async def test_a_link_lasts_no_longer_than_a_week(drive: DriveService, seconds: int) -> None:
    await drive.write(AVA, "a", b"x")

    with pytest.raises(InvalidRequest, match="604800"):
        await drive.share_link(AVA, "a", seconds)


async def test_what_has_no_file_is_swept_after_an_hour_and_no_sooner(
    drive: DriveService, index: InMemoryDriveIndex, blobs: FolderBlobs, clock: Clock, tmp_path: Path
) -> None:
    kept = await drive.write(AVA, "a", b"kept")
    lost = await drive.write(AVA, "b", b"lost")
    await index.remove(lost.id)
    half = blobs.create("file_half00")
    await half.write(b"x" * 1_000_000)
    sweeper = DriveSweeper(index, blobs, DriveMetrics(RequestMetrics()), clock)
    written = datetime.fromtimestamp(max(path.stat().st_mtime for path in files_in(tmp_path)), NOON.tzinfo)

    clock.now = written + timedelta(minutes=59)
    await sweeper.sweep()
    before = len(files_in(tmp_path))
    clock.now = written + timedelta(minutes=61)
    await sweeper.sweep()
    too_soon = len(files_in(tmp_path))
    clock.now = written + timedelta(minutes=90)
    await sweeper.sweep()

    assert (before, too_soon) == (3, 3)
    assert [path.name for path in files_in(tmp_path)] == [kept.id]
    assert (await drive.read(AVA, "a", 9)).data == b"kept"
    await half.abort()
