"""The stored form of tool calls, the same in every database."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from vutler_router.domain.tool_audit import ToolCall

__all__ = ["TOOL_CALL_NAMES", "tool_call_from_object", "tool_call_values"]

_CALL: Final = TypeAdapter(ToolCall)

TOOL_CALL_NAMES: Final = (
    "agent_id",
    "workspace_id",
    "tool",
    "target",
    "result",
    "code",
    "ms",
    "request_id",
    "tree_id",
    "time",
)
"""The fields of `tool_calls` but for the id."""


def tool_call_values(call: ToolCall) -> tuple[str | int | datetime, ...]:
    """Return a call's values in the order of `TOOL_CALL_NAMES`."""
    return (
        call.agent_id,
        call.workspace_id,
        call.tool,
        call.target,
        str(call.result),
        call.code,
        call.ms,
        call.request_id,
        call.tree_id,
        call.time,
    )


def tool_call_from_object(stored: Mapping[str, object]) -> ToolCall:
    """Read a call out of its fields by name; others beside them do not matter."""
    return _CALL.validate_python(stored)
