"""Where a list of files goes on."""

import base64
import binascii
import json
from dataclasses import dataclass

from vutler_router.errors import InvalidRequest

__all__ = ["Position", "cursor_of", "position_in"]


@dataclass(frozen=True, slots=True)
class Position:
    """The last thing a page showed: folders come first, then files.

    Attributes:
        in_files: Whether it is a file.
        name: Its name; empty at the beginning.
    """

    in_files: bool = False
    name: str = ""


def cursor_of(workspace_id: str, folder: str, position: Position) -> str:
    """Write a cursor, which is good for this folder alone."""
    said = json.dumps([workspace_id, folder, position.in_files, position.name], ensure_ascii=False)
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def position_in(cursor: str | None, workspace_id: str, folder: str) -> Position:
    """Read a cursor; without one a list begins at its beginning.

    Raises:
        InvalidRequest: It is none, or that of another folder.
    """
    if not cursor:
        return Position()
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        match json.loads(raw):
            case [str(of), str(at), bool(in_files), str(name)] if (of, at) == (workspace_id, folder):
                name.encode()  # half a surrogate pair can be written in JSON, and in no database
                return Position(in_files, name)
    except (binascii.Error, ValueError, RecursionError):
        pass
    raise InvalidRequest(
        "This cursor does not belong to this folder; begin without one.", code="invalid_cursor", param="cursor"
    )
