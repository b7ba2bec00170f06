"""The drive: files that agents of a workspace keep and share."""

from vutler_router.services.drive.scope import DriveScope
from vutler_router.services.drive.service import DriveContent, DriveService, ShareLink
from vutler_router.services.drive.settings import DriveLimits

__all__ = ["DriveContent", "DriveLimits", "DriveScope", "DriveService", "ShareLink"]
