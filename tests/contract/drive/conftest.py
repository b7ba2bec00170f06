"""Every test of this folder runs over a folder and over a real S3 server."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.s3 import S3Server, running_s3
from vutler_router.drive.blobs import BlobStore
from vutler_router.drive.bucket_blobs import BucketBlobs
from vutler_router.drive.folder_blobs import FolderBlobs


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    with running_s3() as server:
        yield server


class Place:
    """Where contents are kept, seen from outside."""

    def __init__(self, folder: Path, s3: S3Server | None) -> None:
        self.bucket = f"bucket-{uuid.uuid4().hex[:12]}"
        self._folder = folder
        self._s3 = s3

    async def store(self, drive_id: str = "drive_1") -> BlobStore:
        if self._s3 is None:
            return await FolderBlobs.open(self._folder, drive_id)
        return BucketBlobs.open(self._s3.url(self.bucket), drive_id)

    def files(self) -> list[Path]:
        if self._s3 is None:
            return [path for path in self._folder.rglob("*") if path.is_file()]
        return self._s3.objects(self.bucket)


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.database)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return Place(tmp_path / "drive", request.getfixturevalue("s3") if request.param == "s3" else None)


@pytest.fixture
async def blobs(place: Place) -> BlobStore:
    return await place.store()
