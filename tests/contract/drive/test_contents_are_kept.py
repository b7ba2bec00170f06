import os
from datetime import UTC, datetime, timedelta

import pytest

from tests.contract.drive.conftest import Place
from vutler_router.drive.blobs import BlobStore
from vutler_router.drive.bucket_blobs import SEGMENT
from vutler_router.errors import NotFound

ONE, OTHER = f"file_{'1' * 32}", f"file_{'2' * 32}"
HOUR = timedelta(hours=1)
LARGE = os.urandom(2 * SEGMENT + 12_345)


async def put(blobs: BlobStore, blob_id: str, content: bytes, block: int = 1024 * 1024) -> None:
    writer = blobs.create(blob_id)
    for start in range(0, max(1, len(content)), block):
        await writer.write(content[start : start + block])
    await writer.finish()


async def content_of(blobs: BlobStore, blob_id: str, start: int, stop: int) -> bytes:
    return b"".join([piece async for piece in blobs.read(blob_id, start, stop)])


async def leftovers(blobs: BlobStore, after: timedelta = HOUR) -> list[str]:
    return sorted([blob_id async for found in blobs.leftovers(datetime.now(UTC) + after) for blob_id in found])


@pytest.mark.parametrize("size", [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, len(LARGE)])
async def test_a_content_comes_back_as_it_went_in(blobs: BlobStore, size: int) -> None:
    await put(blobs, ONE, LARGE[:size])

    assert await content_of(blobs, ONE, 0, size) == LARGE[:size]


@pytest.mark.parametrize(
    ("start", "stop"),
    [
        (0, 1),
        (5, 5),
        (SEGMENT - 1, SEGMENT + 1),
        (SEGMENT, 2 * SEGMENT),
        (100, len(LARGE)),
        (len(LARGE) - 1, len(LARGE)),
    ],
)
async def test_a_part_is_read_alone(blobs: BlobStore, start: int, stop: int) -> None:
    await put(blobs, ONE, LARGE)

    assert await content_of(blobs, ONE, start, stop) == LARGE[start:stop]


async def test_what_is_written_in_odd_blocks_is_the_same(blobs: BlobStore) -> None:
    await put(blobs, ONE, LARGE[: SEGMENT + 7], block=333_333)

    assert await content_of(blobs, ONE, 0, SEGMENT + 7) == LARGE[: SEGMENT + 7]


async def test_what_is_not_there_is_not_found(blobs: BlobStore) -> None:
    with pytest.raises(NotFound):
        await content_of(blobs, ONE, 0, 1)


async def test_a_deleted_content_is_gone_without_a_trace(blobs: BlobStore, place: Place) -> None:
    await put(blobs, ONE, LARGE)
    await put(blobs, OTHER, b"kept")

    await blobs.delete(ONE)
    await blobs.delete(ONE)

    with pytest.raises(NotFound):
        await content_of(blobs, ONE, 0, 1)
    assert await content_of(blobs, OTHER, 0, 4) == b"kept"
    assert len(place.files()) == 1


@pytest.mark.parametrize("finished", [False, True])
async def test_an_aborted_content_is_gone_without_a_trace(blobs: BlobStore, place: Place, *, finished: bool) -> None:
    writer = blobs.create(ONE)
    await writer.write(LARGE)
    if finished:
        await writer.finish()

    await writer.abort()

    assert place.files() == []


async def test_what_was_begun_and_left_is_found_and_deleted_like_what_is_complete(
    blobs: BlobStore, place: Place
) -> None:
    left = blobs.create(ONE)
    await left.write(LARGE)
    await put(blobs, OTHER, b"complete")

    found = await leftovers(blobs)
    for blob_id in found:
        await blobs.delete(blob_id)

    assert found == [ONE, OTHER]
    assert place.files() == []
    await left.abort()


async def test_what_changed_lately_is_no_leftover(blobs: BlobStore) -> None:
    left = blobs.create(ONE)
    await left.write(LARGE)
    await put(blobs, OTHER, b"complete")

    assert await leftovers(blobs, -HOUR) == []
    await left.abort()


async def test_many_contents_are_found_each_once(blobs: BlobStore) -> None:
    names = sorted(f"file_{number:032x}" for number in range(1_040 if "Folder" in type(blobs).__name__ else 40))
    for name in names:
        await put(blobs, name, b"x")
    await put(blobs, ONE, LARGE)

    assert await leftovers(blobs) == sorted([*names, ONE])


async def test_another_drive_in_the_same_place_is_left_alone(blobs: BlobStore, place: Place) -> None:
    other = await place.store("drive_2")
    await put(other, ONE, b"theirs")

    await blobs.delete(ONE)

    assert await leftovers(blobs) == []
    assert await content_of(other, ONE, 0, 6) == b"theirs"
