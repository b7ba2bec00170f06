"""Runs agents' calls of tools: only what is granted, with an answer to everything, and each on record."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from vutler_router.domain.agent import Agent
from vutler_router.domain.tool_audit import ToolCall, ToolResult
from vutler_router.errors import Forbidden, InvalidRequest, RouterError, StorageError
from vutler_router.mcp_server.tool import Call, Progress, Tool, Tools
from vutler_router.services.asking.service import AskService
from vutler_router.services.tools.audit import AuditWriter

__all__ = ["Answer", "Toolbox"]

_LONGEST_NAME: Final = 64
_LONGEST_TARGET: Final = 512
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model that called is told."""

    text: str
    is_error: bool = False


@dataclass(slots=True)
class _Outcome:
    """How a call went, for the record."""

    result: ToolResult
    code: str = ""
    target: str = ""


class Toolbox:
    """The tools of this router.

    Args:
        tools: What there is.
        asks: Knows which tree an agent is at work for.
        audit: Takes the records.
        now: The time.
        new_id: Makes ids that begin with the time, for a prefix.
    """

    def __init__(
        self,
        tools: Sequence[Tool[Any]],
        asks: AskService,
        audit: AuditWriter,
        now: Callable[[], datetime],
        new_id: Callable[[str], str],
    ) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._asks = asks
        self._audit = audit
        self._now = now
        self._new_id = new_id

    def granted(self, agent: Agent) -> Tools:
        """Return what an agent may use."""
        return [tool for tool in self._tools.values() if tool.grant(agent)]

    async def call(self, agent: Agent, name: str, given: object, *, request_id: str, progress: Progress) -> Answer:
        """Run a call; whatever goes wrong is an answer that says what to do."""
        began, call = self._now(), Call(agent, progress)
        outcome = _Outcome(ToolResult.FAILED, "cancelled")
        tree = asyncio.create_task(self._tree(agent), name="tree")
        try:
            return await self._answer(call, name, given, outcome)
        finally:
            # Nothing is awaited here: whoever is cancelled may not wait.
            self._record(call, name, began, outcome, request_id, tree)

    async def _answer(self, call: Call, name: str, given: object, outcome: _Outcome) -> Answer:
        try:
            tool = self._tool(call.agent, name)
            arguments = tool.read(given)
            outcome.target = arguments.target
            text = await tool.run(call, arguments)
        except RouterError as error:
            outcome.result = ToolResult.REFUSED if isinstance(error, Forbidden) else ToolResult.FAILED
            outcome.code = error.code
            return Answer(_worded(error), is_error=True)
        except Exception:  # noqa: BLE001 - the edge of the tools: whatever it is, the model gets an answer
            _log.exception("tool failed", tool=name[:_LONGEST_NAME], agent=call.agent.id)
            outcome.code = "internal_error"
            return Answer("The router failed on this call; trying again may not help.", is_error=True)
        outcome.result, outcome.code = ToolResult.OK, ""
        return Answer(text)

    def _tool(self, agent: Agent, name: str) -> Tool[Any]:
        """Return a tool. Raises `Forbidden` for one that is not granted, `InvalidRequest` for one that is none."""
        tool = self._tools.get(name)
        known = ", ".join(granted.name for granted in self.granted(agent))
        if tool is None:
            raise InvalidRequest(f"There is no tool of this name; you have: {known}.", code="unknown_tool")
        if not tool.grant(agent):
            raise Forbidden(f"The tool {name} is not granted to you; you have: {known}.", code="not_granted")
        return tool

    def _record(
        self,
        call: Call,
        name: str,
        began: datetime,
        outcome: _Outcome,
        request_id: str,
        tree: "asyncio.Task[str]",
    ) -> None:
        ended = self._now()
        record = ToolCall(
            id=self._new_id("call"),
            agent_id=call.agent.id,
            workspace_id=call.agent.workspace_id,
            tool=name[:_LONGEST_NAME],
            target=outcome.target[:_LONGEST_TARGET],
            result=outcome.result,
            code=outcome.code,
            ms=round((ended - began) / timedelta(milliseconds=1)),
            request_id=request_id,
            tree_id=call.tree_id or "",
            time=ended.replace(microsecond=ended.microsecond // 1000 * 1000),
        )
        if call.tree_id is None:
            self._audit.record_in(tree, record)
        else:
            tree.cancel()
            self._audit.record(record)

    async def _tree(self, agent: Agent) -> str:
        try:
            return await self._asks.tree_of(agent)
        except StorageError:
            return ""


def _worded(error: RouterError) -> str:
    again = " This may pass: try again a little later." if error.retryable else ""
    return f"Error ({error.code}): {error.message}{again}"
