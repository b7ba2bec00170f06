"""Files of the drive as the databases keep them."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Final

from vutler_router.domain.drive import DriveFile

__all__ = ["FILE_NAMES", "file_from_values", "file_values"]

FILE_NAMES: Final = tuple(field.name for field in fields(DriveFile))
"""Every stored name of a file, in one order."""


def file_values(file: DriveFile) -> dict[str, str | int | datetime]:
    """Return what is stored of a file by name; an administrator's counts to nobody, written as an empty text."""
    return {name: getattr(file, name) for name in FILE_NAMES} | {"agent_id": file.agent_id or ""}


def file_from_values(values: Mapping[str, object]) -> DriveFile:
    """Make a file from what is stored."""
    created = values["created_at"]
    return DriveFile(
        id=str(values["id"]),
        workspace_id=str(values["workspace_id"]),
        agent_id=str(values["agent_id"]) or None,
        folder=str(values["folder"]),
        name=str(values["name"]),
        size=int(str(values["size"])),
        sha256=str(values["sha256"]),
        content_type=str(values["content_type"]),
        created_at=created if isinstance(created, datetime) else datetime.fromisoformat(str(created)),
    )
