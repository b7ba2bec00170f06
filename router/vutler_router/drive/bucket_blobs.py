"""Contents in object storage (S3 and the like, Google's, Azure's), by way of the library obstore.

A content is a row of objects of `SEGMENT` bytes, `<drive>/<shard>/<id>/00000` and so on, written as it comes in. So no
more than one of them is in memory, and what a killed router leaves behind is plain objects that can be listed and
deleted: an unfinished multipart upload could not be with this library, and would wait for a rule of the bucket's.
"""

import contextlib
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit

import structlog
from obstore.exceptions import BaseError
from obstore.store import from_url
from typing_extensions import override

from vutler_router.drive.blobs import PIECE, BlobStore, BlobWriter, content_gone, shard_of, storage_failed
from vutler_router.errors import StorageError

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import ObjectStore

__all__ = ["SEGMENT", "BucketBlobs"]

SEGMENT: Final = 4 * 1024 * 1024
"""Bytes of an object, the last of a content apart. Part of how contents are kept: never change it."""

_CODE: Final = re.compile(r"<Code>(\w{1,64})</Code>")
_RETRIES: Final = 3
_RETRY_SECONDS: Final = 30
_REQUEST_SECONDS: Final = 60
_CONNECT_SECONDS: Final = 5

_log = structlog.get_logger(__name__)


class BucketBlobs(BlobStore):
    """See `BlobStore`.

    Args:
        store: The bucket, from the prefix of its URL on.
        drive_id: The first part of every key.
    """

    def __init__(self, store: "ObjectStore", drive_id: str) -> None:
        self._store = store
        self._drive_id = drive_id

    @classmethod
    def open(cls, url: str, drive_id: str) -> "BucketBlobs":
        """Prepare a client; nothing is sent yet.

        Args:
            url: `s3://bucket/prefix`, `gs://…`, `az://…`. Its query may hold the library's options, such as `endpoint`,
                `region`, `access_key_id` and `secret_access_key`; what it does not say comes from the usual variables
                of the environment (AWS_…, GOOGLE_…, AZURE_…), or from the machine's own account.
            drive_id: Under which name contents are kept.

        Raises:
            StorageError: The URL or an option is none that the library knows.
        """
        parts = urlsplit(url)
        try:
            store = from_url(
                parts._replace(query="", fragment="").geturl(),
                config=dict(parse_qsl(parts.query)),  # type: ignore[call-overload]  # options by name, checked there
                client_options={
                    "allow_http": True,  # a server inside the cluster; the clouds' own addresses are https anyway
                    "timeout": timedelta(seconds=_REQUEST_SECONDS),
                    "connect_timeout": timedelta(seconds=_CONNECT_SECONDS),
                },
                retry_config={"max_retries": _RETRIES, "retry_timeout": timedelta(seconds=_RETRY_SECONDS)},
            )
        except (BaseError, ValueError) as error:
            raise StorageError(
                f"DRIVE_STORAGE_URL: cannot be used ({type(error).__name__}); it must be s3://bucket/prefix, with "
                f"options such as ?endpoint=http://minio:9000&region=us-east-1."
            ) from None
        return cls(store, drive_id)

    @override
    def create(self, blob_id: str) -> BlobWriter:
        return _SegmentWriter(self._store, self._folder(blob_id))

    @override
    async def read(self, blob_id: str, start: int, stop: int) -> AsyncIterator[bytes]:
        while start < stop:
            number, offset = divmod(start, SEGMENT)
            length = min(SEGMENT - offset, stop - start)
            with _translated():
                found = await self._store.get_async(
                    _segment(self._folder(blob_id), number), options={"range": (offset, offset + length)}
                )
                if found.range[1] - found.range[0] != length:
                    raise storage_failed("a content is shorter than its file")
                async for piece in found.stream(min_chunk_size=PIECE):
                    yield bytes(piece)
            start += length

    @override
    async def delete(self, blob_id: str) -> None:
        await _delete_all(self._store, self._folder(blob_id))

    @override
    async def leftovers(self, before: datetime) -> AsyncIterator[Sequence[str]]:
        newest: tuple[str, datetime] | None = None
        with _translated():
            async for page in self._store.list(f"{self._drive_id}/"):
                found = []
                for blob_id, changed in _newest_changes(page):
                    if newest is not None and newest[0] != blob_id and newest[1] < before:
                        found.append(newest[0])
                    same = newest is not None and newest[0] == blob_id
                    newest = (blob_id, max(changed, newest[1]) if newest is not None and same else changed)
                if found:
                    yield found
        if newest is not None and newest[1] < before:
            yield [newest[0]]

    def _folder(self, blob_id: str) -> str:
        return f"{self._drive_id}/{shard_of(blob_id)}/{blob_id}/"


class _SegmentWriter(BlobWriter):
    def __init__(self, store: "ObjectStore", folder: str) -> None:
        self._store = store
        self._folder = folder
        self._waiting = bytearray()
        self._written = 0

    @override
    async def write(self, block: bytes) -> None:
        self._waiting += block
        while len(self._waiting) >= SEGMENT:
            await self._put(bytes(self._waiting[:SEGMENT]))
            del self._waiting[:SEGMENT]

    @override
    async def finish(self) -> None:
        if self._waiting:
            await self._put(bytes(self._waiting))
            self._waiting.clear()

    @override
    async def abort(self) -> None:
        self._waiting.clear()
        with contextlib.suppress(StorageError):
            await _delete_all(self._store, self._folder)

    async def _put(self, segment: bytes) -> None:
        with _translated():
            await self._store.put_async(_segment(self._folder, self._written), segment, use_multipart=False)
        self._written += 1


def _segment(folder: str, number: int) -> str:
    return f"{folder}{number:05d}"


async def _delete_all(store: "ObjectStore", folder: str) -> None:
    with _translated():
        async for page in store.list(folder):
            await store.delete_async([entry["path"] for entry in page])


def _newest_changes(page: "Sequence[ObjectMeta]") -> Iterator[tuple[str, datetime]]:
    """Return each content of a page, in whose order its objects stand together, with its last change."""
    for blob_id, entries in groupby(page, key=lambda entry: entry["path"].rsplit("/", 2)[-2]):
        yield blob_id, max(entry["last_modified"] for entry in entries)


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Turn the library's errors into ours; their texts may hold addresses and key ids, so only names are kept."""
    try:
        yield
    except FileNotFoundError as error:
        if "NoSuchBucket" in str(error):
            raise storage_failed("NoSuchBucket") from None
        raise content_gone() from None
    except (BaseError, OSError, ValueError) as error:
        said = _CODE.search(str(error))
        reason = f"{type(error).__name__}, {said[1]}" if said else type(error).__name__
        _log.warning("object storage failed", reason=reason)
        raise storage_failed(reason) from None
