"""The stored form of asks, the same in every database."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from vutler_router.domain.ask_store import Ask

__all__ = ["ASK_NAMES", "ask_from_object", "ask_values"]

_ASK: Final = TypeAdapter(Ask)
_PATH_MARK: Final = " "
"""Between the agents of a path; no id holds a space."""

ASK_NAMES: Final = (
    "tree_id",
    "parent",
    "asker",
    "peer",
    "workspace_id",
    "depth",
    "path",
    "session",
    "started_at",
    "deadline",
    "kind",
    "status",
    "ended_at",
    "tokens_input",
    "tokens_output",
)
"""The fields of `asks` but for the id."""


def ask_values(ask: Ask) -> tuple[str | int | datetime | None, ...]:
    """Return an ask's values in the order of `ASK_NAMES`."""
    return (
        ask.tree_id,
        ask.parent,
        ask.asker,
        ask.peer,
        ask.workspace_id,
        ask.depth,
        _PATH_MARK.join(ask.path),
        ask.session,
        ask.started_at,
        ask.deadline,
        str(ask.kind),
        str(ask.status),
        ask.ended_at,
        ask.tokens_input,
        ask.tokens_output,
    )


def ask_from_object(stored: Mapping[str, object]) -> Ask:
    """Read an ask out of its fields by name; others beside them do not matter."""
    return _ASK.validate_python({**stored, "path": str(stored["path"]).split(_PATH_MARK)})
