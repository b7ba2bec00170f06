"""Throws away contents that belong to no file."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from vutler_router.domain.drive_store import DriveIndex
from vutler_router.drive.blobs import BlobStore
from vutler_router.services.drive.metrics import DriveMetrics
from vutler_router.services.drive.settings import LEFTOVER_SECONDS

__all__ = ["DriveSweeper"]

_EVERY: Final = timedelta(minutes=30)
_OLD: Final = timedelta(seconds=LEFTOVER_SECONDS)


class DriveSweeper:
    """Looks through the contents now and then.

    What has no file and was not touched for an hour was left by a router that died, or by a deletion that failed: an
    upload ends long before that, on whichever router, and its file is there seconds after its content is complete.
    """

    def __init__(self, index: DriveIndex, blobs: BlobStore, metrics: DriveMetrics, now: Callable[[], datetime]) -> None:
        self._index = index
        self._blobs = blobs
        self._metrics = metrics
        self._now = now
        self._last: datetime | None = None

    async def sweep(self) -> None:
        """Make a round, unless the last one was a short time ago. Raises `StorageError`."""
        now = self._now()
        if self._last is not None and now < self._last + _EVERY:
            return
        async for found in self._blobs.leftovers(now - _OLD):
            known = await self._index.known(found)
            for blob_id in found:
                if blob_id not in known:
                    await self._blobs.delete(blob_id)
                    self._metrics.swept(1)
        self._last = now
