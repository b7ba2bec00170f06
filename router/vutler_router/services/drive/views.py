"""Files as JSON."""

from datetime import UTC

from vutler_router.domain.drive import DriveFile
from vutler_router.domain.llm_json import JsonObject

__all__ = ["file_view"]


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
