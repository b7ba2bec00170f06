"""Opens the drive."""

import contextlib
import secrets
import time
from typing import Final

from vutler_router.container.clocks import utc_now
from vutler_router.domain.drive import DriveQuota
from vutler_router.drive.blobs import BlobStore
from vutler_router.drive.folder_blobs import FolderBlobs
from vutler_router.keys.first_start import master_keys
from vutler_router.keys.link_signing import LinkSigner
from vutler_router.services.answering.metrics import RequestMetrics
from vutler_router.services.drive import DriveLimits, DriveService
from vutler_router.services.drive.metrics import DriveMetrics
from vutler_router.services.drive.sweeping import DriveSweeper
from vutler_router.services.rounds import Rounds
from vutler_router.settings import Settings
from vutler_router.storage import Storage

__all__ = ["opened_drive"]

_SWEEP_SECONDS: Final = 600.0


async def opened_drive(
    stack: contextlib.AsyncExitStack, settings: Settings, storage: Storage, metrics: RequestMetrics
) -> DriveService:
    """Open the drive and begin to sweep it.

    Raises:
        BrokenFile: The kept master key cannot be read.
        StorageError: The folder or the bucket's address cannot be used.
    """
    blobs = await _blobs(settings, await storage.drive.drive_id())
    counted = DriveMetrics(metrics)
    sweeper = DriveSweeper(storage.drive, blobs, counted, utc_now)
    rounds = Rounds("drive sweep", sweeper.sweep, pause=_SWEEP_SECONDS, longest=_SWEEP_SECONDS)
    await stack.enter_async_context(rounds.running())
    quota = DriveQuota(agent=settings.drive_agent_quota, workspace=settings.drive_workspace_quota)
    return DriveService(
        storage.drive,
        blobs,
        DriveLimits(settings.drive_max_file_size, quota),
        LinkSigner(master_keys(settings), "drive"),
        counted,
        utc_now,
        _new_file_id,
    )


async def _blobs(settings: Settings, drive_id: str) -> BlobStore:
    if settings.drive_storage_url is None:
        return await FolderBlobs.open(settings.drive_folder, drive_id)
    # The library costs memory and time at the start, which a router with a folder need not pay.
    from vutler_router.drive.bucket_blobs import BucketBlobs  # noqa: PLC0415

    return BucketBlobs.open(settings.drive_storage_url.get_secret_value(), drive_id)


def _new_file_id() -> str:
    """Make an id that begins with the time, so that its index grows at its end."""
    return f"file_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"
