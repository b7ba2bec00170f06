"""Files as JSON."""

from datetime import UTC

from vutler_router.domain.drive import DriveFile
from vutler_router.domain.llm_json import JsonObject
from vutler_router.services.drive.service import DriveRoom, ShareLink

__all__ = ["file_view", "link_view", "room_view"]


def file_view(file: DriveFile) -> JsonObject:
    """Show a file."""
    return {
        "id": file.id,
        "path": file.path,
        "name": file.name,
        "size": file.size,
        "sha256": file.sha256,
        "content_type": file.content_type,
        "created_at": file.created_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "agent_id": file.agent_id,
        "workspace_id": file.workspace_id,
    }


def link_view(link: ShareLink, address: str) -> JsonObject:
    """Show a link, which begins with the router's public address; a path alone where nobody said what that is."""
    return {"url": f"{address}{link.path}", "expires_at": link.expires_at.isoformat()}


def room_view(room: DriveRoom) -> JsonObject:
    """Show what is used of a drive."""
    return {
        "workspace_id": room.workspace_id,
        "used": room.used,
        "quota": room.quota,
        "agent_id": room.agent_id,
        "agent_used": room.agent_used,
        "agent_quota": room.agent_quota,
        "largest_file": room.largest_file,
    }
