"""The port behind which contents of files are kept."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final, Protocol

from vutler_router.errors import NotFound, StorageError

__all__ = ["PIECE", "BlobStore", "BlobWriter", "content_gone", "shard_of", "storage_failed"]

PIECE: Final = 256 * 1024
"""Bytes read at once."""


class BlobWriter(Protocol):
    """A content that is coming in; nobody can read it before it is finished."""

    async def write(self, block: bytes) -> None:
        """Add to it. Raises `StorageError`."""
        ...

    async def finish(self) -> None:
        """Make it complete; it outlives a power cut from then on. Raises `StorageError`."""
        ...

    async def abort(self) -> None:
        """Throw away what came in, also after an attempt to finish; what stays behind is swept. Never raises."""
        ...


class BlobStore(Protocol):
    """Keeps contents under ids of ours, below the name of the drive; nothing that a caller sends becomes a key.

    Every method raises `StorageError` when the store does not do what it is asked.
    """

    def create(self, blob_id: str) -> BlobWriter:
        """Begin a content; each id is used once."""
        ...

    def read(self, blob_id: str, start: int, stop: int) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to `stop`, in pieces. Raises `NotFound`, with the first piece or a later."""
        ...

    async def delete(self, blob_id: str) -> None:
        """Throw a content away; one that is gone already is no error."""
        ...

    def leftovers(self, before: datetime) -> AsyncIterator[Sequence[str]]:
        """Yield, some at a time, ids of contents, complete or not, into which nothing has come since `before`."""
        ...


def shard_of(blob_id: str) -> str:
    """Return the folder of an id; it ends in random digits, so folders stay about equally small."""
    return blob_id[-2:]


def content_gone() -> NotFound:
    """Word what a reader finds when a file was deleted meanwhile."""
    return NotFound("The file was deleted or replaced meanwhile.", code="file_not_found")


def storage_failed(reason: str) -> StorageError:
    """Word a failure of the store; the reason must hold no address and no key."""
    return StorageError(
        f"The drive's storage did not do what was asked ({reason}); try again.",
        code="drive_storage_unavailable",
        retry_after=1,
    )
