import pytest

from tests.support.mongo import free_port
from tests.support.s3 import S3Server
from vutler_router.drive.bucket_blobs import BucketBlobs
from vutler_router.errors import StorageError

pytestmark = pytest.mark.database

ONE = f"file_{'1' * 32}"


@pytest.mark.parametrize("reason", ["wrong secret", "no bucket"])
async def test_a_refusal_names_its_reason_and_no_key(s3: S3Server, reason: str) -> None:
    url = s3.url("refusing", secret="wrong") if reason == "wrong secret" else s3.url("x1x").replace("x1x", "no-such")
    writer = BucketBlobs.open(url, "drive_1").create(ONE)
    await writer.write(b"x")

    with pytest.raises(StorageError, match=r"SignatureDoesNotMatch|NoSuchBucket") as failure:
        await writer.finish()

    assert failure.value.code == "drive_storage_unavailable"
    assert not any(word in failure.value.message for word in ("127.0.0.1", "drive-of-the-tests", "wrong"))


async def test_a_server_that_is_away_is_a_failure_of_storage() -> None:
    url = f"s3://bucket/x?endpoint=http://127.0.0.1:{free_port()}&region=us-east-1&access_key_id=a&secret_access_key=b"
    writer = BucketBlobs.open(url, "drive_1").create(ONE)
    await writer.write(b"x")

    with pytest.raises(StorageError):
        await writer.finish()


@pytest.mark.parametrize("url", ["s3://bucket/x?no_such_option=1", "ftp://bucket/x", "s3://"])
def test_an_address_that_is_none_stops_the_start(url: str) -> None:
    with pytest.raises(StorageError, match="DRIVE_STORAGE_URL"):
        BucketBlobs.open(url, "drive_1")
