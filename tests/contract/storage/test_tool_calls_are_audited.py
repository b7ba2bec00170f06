from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.router_values import NOON
from vutler_router.domain.tool_audit import AuditLog, InMemoryAuditLog, ToolCall, ToolCallFilter, ToolResult
from vutler_router.storage import Storage

CALL = ToolCall(
    id="call_01",
    agent_id="team-a.ava",
    workspace_id="team-a",
    tool="drive_read",
    target="reports/a.txt",
    result=ToolResult.OK,
    code="",
    ms=12,
    request_id="req_1",
    tree_id="",
    time=NOON,
)
REFUSED = replace(CALL, id="call_02", tool="agent_ask", result=ToolResult.REFUSED, code="not_delegated")
OTHER = replace(CALL, id="call_03", agent_id="team-b.zoe", workspace_id="team-b", time=NOON + timedelta(days=1))
ALL = ToolCallFilter()


@pytest.fixture(params=["memory", "database"])
def log(request: pytest.FixtureRequest, storage: Storage) -> AuditLog:
    return InMemoryAuditLog() if request.param == "memory" else storage.tool_calls


async def found(log: AuditLog, wanted: ToolCallFilter = ALL, cursor: str | None = None) -> list[ToolCall]:
    return list((await log.page(wanted, limit=10, cursor=cursor)).calls)


async def test_calls_come_back_the_newest_first(log: AuditLog) -> None:
    await log.add([CALL, OTHER])
    await log.add([REFUSED])
    await log.add([])

    assert await found(log) == [OTHER, REFUSED, CALL]


async def test_a_batch_sent_again_changes_nothing(log: AuditLog) -> None:
    await log.add([CALL])
    await log.add([replace(CALL, ms=99), REFUSED])

    assert await found(log) == [REFUSED, CALL]


async def test_calls_are_found_by_agent_workspace_and_tool(log: AuditLog) -> None:
    await log.add([CALL, REFUSED, OTHER])

    assert await found(log, ToolCallFilter(agent_id="team-a.ava")) == [REFUSED, CALL]
    assert await found(log, ToolCallFilter(workspace_id="team-b")) == [OTHER]
    assert await found(log, ToolCallFilter(agent_id="team-a.ava", tool="agent_ask")) == [REFUSED]
    assert await found(log, ToolCallFilter(agent_id="team-a.ava", workspace_id="team-b")) == []


async def test_pages_follow_each_other(log: AuditLog) -> None:
    await log.add([CALL, REFUSED, OTHER])

    first = await log.page(ALL, limit=2, cursor=None)
    second = await log.page(ALL, limit=2, cursor=first.next_cursor)

    assert ([*first.calls], first.next_cursor) == ([OTHER, REFUSED], "call_02")
    assert ([*second.calls], second.next_cursor) == ([CALL], None)


async def test_old_calls_are_swept(log: AuditLog) -> None:
    await log.add([CALL, OTHER])

    await log.sweep(OTHER.time)

    assert await found(log) == [OTHER]
