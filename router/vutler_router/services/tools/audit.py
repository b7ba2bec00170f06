"""Writes down what agents do with tools, behind the calls' backs, and reads it again."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from vutler_router.domain.llm_json import JsonObject
from vutler_router.domain.tool_audit import AuditLog, ToolCall, ToolCallFilter
from vutler_router.services.rounds import Rounds

__all__ = ["AuditBook", "AuditWriter"]

_BATCH: Final = 200
_CAPACITY: Final = 10_000
"""Calls kept for a database that is away."""

_PAUSE: Final = 0.2
_LONGEST: Final = 60.0
_TREE_SECONDS: Final = 0.2
"""How long a record waits to learn its tree."""

_CLOSE_SECONDS: Final = 1.0

_log = structlog.get_logger(__name__)


class AuditWriter:
    """Takes calls at once and brings them to the database soon; at a normal stop nothing is left behind.

    Args:
        log: Where they are kept.
        capacity: How many wait at the most; further ones go to the process's log alone.
    """

    def __init__(self, log: AuditLog, *, capacity: int = _CAPACITY) -> None:
        self._log = log
        self._capacity = capacity
        self._waiting: list[ToolCall] = []
        self._completing: set[asyncio.Task[None]] = set()
        self._rounds = Rounds("audit", self._write, pause=_PAUSE, longest=_LONGEST)

    @property
    def waiting(self) -> int:
        """How many calls are not in the database yet."""
        return len(self._waiting)

    def record(self, call: ToolCall) -> None:
        """Take a call."""
        if len(self._waiting) >= self._capacity:
            _log.error("tool call not kept", **_view(call))
            return
        self._waiting.append(call)
        self._rounds.ring()

    def record_in(self, tree: "asyncio.Task[str]", call: ToolCall) -> None:
        """Take a call whose tree is still being looked for."""
        task = asyncio.create_task(self._complete(tree, call), name="audit")
        self._completing.add(task)
        task.add_done_callback(self._completing.discard)

    async def _complete(self, tree: "asyncio.Task[str]", call: ToolCall) -> None:
        await asyncio.wait({tree}, timeout=_TREE_SECONDS)
        if tree.done() and not tree.cancelled() and tree.exception() is None:
            call = replace(call, tree_id=tree.result())
        tree.cancel()
        self.record(call)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Write for the life of the block, and what is left at its end."""
        async with self._rounds.running():
            yield
            if self._completing:
                await asyncio.wait(self._completing, timeout=_CLOSE_SECONDS)
        for call in self._waiting:
            _log.error("tool call not kept", **_view(call))

    async def _write(self) -> None:
        while batch := self._waiting[:_BATCH]:
            await self._log.add(batch)
            del self._waiting[: len(batch)]


class AuditBook:
    """Shows tool calls, and forgets the old ones.

    Args:
        log: Where they are kept.
        now: The time.
        kept: For how long.
    """

    def __init__(self, log: AuditLog, now: Callable[[], datetime], kept: timedelta) -> None:
        self._log = log
        self._now = now
        self._kept = kept

    async def page(self, wanted: ToolCallFilter, *, limit: int, cursor: str | None) -> JsonObject:
        """Return calls, the newest first. Raises `StorageError`."""
        page = await self._log.page(wanted, limit=limit, cursor=cursor)
        return {"calls": [_view(call) for call in page.calls], "next_cursor": page.next_cursor}

    async def sweep(self) -> None:
        """Forget what is old. Raises `StorageError`."""
        await self._log.sweep(self._now() - self._kept)


def _view(call: ToolCall) -> JsonObject:
    return {
        "id": call.id,
        "time": call.time.isoformat(),
        "agent_id": call.agent_id,
        "workspace_id": call.workspace_id,
        "tool": call.tool,
        "target": call.target,
        "result": call.result.value,
        "code": call.code or None,
        "ms": call.ms,
        "request_id": call.request_id,
        "tree_id": call.tree_id or None,
    }
