"""What agents did with the platform's tools, the port that keeps it, and its version in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

__all__ = ["AuditLog", "InMemoryAuditLog", "ToolCall", "ToolCallFilter", "ToolCallPage", "ToolResult"]


class ToolResult(StrEnum):
    """How a tool call ended."""

    OK = "ok"
    REFUSED = "refused"
    """The agent was not allowed to."""

    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of a tool: who, what and how it went, never the contents.

    Attributes:
        id: Begins with its time, so that ids sort as they came.
        target: What it was about: a path, recipient, channel or agent; empty where there is none.
        code: Why it did not go well; empty otherwise.
        ms: How long it took, in milliseconds.
        request_id: The HTTP request's id.
        tree_id: The tree of asks in whose course it was made; empty when there is none, or none for certain.
        time: When it ended, UTC in whole milliseconds.
    """

    id: str
    agent_id: str
    workspace_id: str
    tool: str
    target: str
    result: ToolResult
    code: str
    ms: int
    request_id: str
    tree_id: str
    time: datetime


@dataclass(frozen=True, slots=True)
class ToolCallFilter:
    """Which calls are asked for; None leaves a field open."""

    agent_id: str | None = None
    workspace_id: str | None = None
    tool: str | None = None

    def takes(self, call: ToolCall) -> bool:
        """Tell whether a call is one of them."""
        return (
            self.agent_id in {None, call.agent_id}
            and self.workspace_id in {None, call.workspace_id}
            and self.tool in {None, call.tool}
        )


@dataclass(frozen=True, slots=True)
class ToolCallPage:
    """Some calls, the newest first.

    Attributes:
        next_cursor: What continues the list; None at its end.
    """

    calls: tuple[ToolCall, ...]
    next_cursor: str | None


class AuditLog(Protocol):
    """Keeps tool calls.

    Every method raises `StorageError` when the database does not answer in time.
    """

    async def add(self, calls: Sequence[ToolCall]) -> None:
        """Keep calls; those whose id is kept already change nothing."""
        ...

    async def page(self, wanted: ToolCallFilter, *, limit: int, cursor: str | None) -> ToolCallPage:
        """Return calls older than `cursor`, the newest first."""
        ...

    async def sweep(self, before: datetime) -> None:
        """Forget calls from before that."""
        ...


class InMemoryAuditLog:
    """Calls of this process alone, for tests and trying things out."""

    def __init__(self) -> None:
        self._calls: dict[str, ToolCall] = {}

    async def add(self, calls: Sequence[ToolCall]) -> None:
        """See `AuditLog.add`."""
        for call in calls:
            self._calls.setdefault(call.id, call)

    async def page(self, wanted: ToolCallFilter, *, limit: int, cursor: str | None) -> ToolCallPage:
        """See `AuditLog.page`."""
        found = [
            call
            for call_id, call in sorted(self._calls.items(), reverse=True)
            if (cursor is None or call_id < cursor) and wanted.takes(call)
        ]
        return ToolCallPage(tuple(found[:limit]), found[limit - 1].id if len(found) > limit else None)

    async def sweep(self, before: datetime) -> None:
        """See `AuditLog.sweep`."""
        self._calls = {call_id: call for call_id, call in self._calls.items() if call.time >= before}
