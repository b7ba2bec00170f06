"""A file of the drive, and how much of it may be used."""

from dataclasses import dataclass
from datetime import datetime

from vutler_router.errors import TooLarge

__all__ = ["DriveFile", "DriveQuota", "quota_exceeded"]


@dataclass(frozen=True, slots=True)
class DriveFile:
    """What is known of one file; its content never changes under its id.

    Attributes:
        id: Names this content, not the place: what replaces a file has an id of its own.
        agent_id: Whose quota it counts in: the agent of its folder, in the shared folder who wrote it; None for an
            administrator's.
        folder: Where it is, with a slash at both ends: `/shared/reports/`.
        name: The last part of its path.
        size: Bytes.
        sha256: 64 hexadecimal digits.
        created_at: UTC in whole milliseconds.
    """

    id: str
    workspace_id: str
    agent_id: str | None
    folder: str
    name: str
    size: int
    sha256: str
    content_type: str
    created_at: datetime

    @property
    def path(self) -> str:
        """Where it is in its workspace: `/shared/reports/may.pdf`."""
        return self.folder + self.name


@dataclass(frozen=True, slots=True)
class DriveQuota:
    """How many bytes may be kept; None is as many as there is room for.

    Attributes:
        agent: What one agent may keep in all folders together.
        workspace: What all files of a workspace may come to.
    """

    agent: int | None = None
    workspace: int | None = None

    def __bool__(self) -> bool:
        return self.agent is not None or self.workspace is not None

    def of(self, agent_id: str | None) -> "DriveQuota":
        """Return what holds for files that count as this agent's; an administrator's count to the workspace alone."""
        return self if agent_id is not None else DriveQuota(workspace=self.workspace)

    def room(self, *, agent_used: int, workspace_used: int) -> int | None:
        """Return how many bytes may come in addition, never below 0; None where nothing limits them."""
        left = [
            quota - used
            for quota, used in ((self.agent, agent_used), (self.workspace, workspace_used))
            if quota is not None
        ]
        return max(0, min(left)) if left else None

    def check(self, size: int, *, agent_used: int, workspace_used: int) -> None:
        """Refuse a file that does not fit. Raises `TooLarge`."""
        room = self.room(agent_used=agent_used, workspace_used=workspace_used)
        if room is not None and size > room:
            raise quota_exceeded(room)


def quota_exceeded(room: int) -> TooLarge:
    """Word the refusal of a file for which there is no room."""
    return TooLarge(
        f"The drive's quota leaves room for {room} bytes; delete files that are no longer needed, or ask the "
        f"administrator for more (DRIVE_AGENT_QUOTA, DRIVE_WORKSPACE_QUOTA).",
        code="drive_quota_exceeded",
    )
