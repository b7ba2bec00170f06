"""What the drive may take."""

from dataclasses import dataclass, field
from typing import Final

from vutler_router.domain.drive import DriveQuota

__all__ = ["LEFTOVER_SECONDS", "MOST_UPLOADS", "UPLOAD_SECONDS", "DriveLimits"]

UPLOAD_SECONDS: Final = 1_800
"""How long one upload may take."""

LEFTOVER_SECONDS: Final = 3_600
"""A content without a file that did not change for so long is nobody's: twice as long as any router takes over it."""

MOST_UPLOADS: Final = 64
"""Uploads under way at once in one process; each has some megabytes in memory."""


@dataclass(frozen=True, slots=True)
class DriveLimits:
    """What an administrator set.

    Attributes:
        file_size: Bytes of the largest file.
    """

    file_size: int
    quota: DriveQuota = field(default_factory=DriveQuota)
