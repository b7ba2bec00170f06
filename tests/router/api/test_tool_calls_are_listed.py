from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.agent_team import Team, eventually, working_team
from tests.support.scripted_upstream import ScriptedUpstream
from vutler_router.domain.tool_audit import ToolCall, ToolResult

NOW = datetime.now(UTC).replace(microsecond=0)
AVA, BOB, ZOE = "team-a.ava", "team-a.bob", "team-b.zoe"
CALL = ToolCall("call_01", AVA, "team-a", "drive_read", "a.txt", ToolResult.OK, "", 12, "req_1", "tree_1", NOW)


@pytest.fixture
async def team(tmp_path: Path, upstream: ScriptedUpstream) -> AsyncIterator[Team]:
    async with working_team(tmp_path, upstream) as running:
        for agent_id in (AVA, BOB, ZOE):
            await running.join(agent_id, None)
        calls = [
            CALL,
            replace(CALL, id="call_02", agent_id=BOB, tool="chat_post"),
            replace(CALL, id="call_03", agent_id=ZOE, workspace_id="team-b"),
        ]
        for call in calls:
            running.router.process.tools.audit.record(call)
        await eventually(lambda: running.router.process.tools.audit.waiting == 0)
        yield running


async def ids(team: Team, headers: dict[str, str], **query: str) -> list[str]:
    shown = await team.router.http.get("/api/v1/audit", params=query, headers=headers)
    assert shown.status_code == 200, shown.text
    return [call["id"] for call in shown.json()["calls"]]


async def test_a_call_is_shown_with_all_that_is_kept(team: Team) -> None:
    shown = await team.router.http.get("/api/v1/audit", params={"agent_id": AVA}, headers=team.router.admin)

    assert shown.json() == {
        "calls": [
            {
                "id": "call_01",
                "time": NOW.isoformat(),
                "agent_id": AVA,
                "workspace_id": "team-a",
                "tool": "drive_read",
                "target": "a.txt",
                "result": "ok",
                "code": None,
                "ms": 12,
                "request_id": "req_1",
                "tree_id": "tree_1",
            }
        ],
        "next_cursor": None,
    }


async def test_the_administrator_filters_and_pages(team: Team) -> None:
    admin = team.router.admin

    assert await ids(team, admin) == ["call_03", "call_02", "call_01"]
    assert await ids(team, admin, workspace_id="team-a") == ["call_02", "call_01"]
    assert await ids(team, admin, tool="chat_post") == ["call_02"]
    assert await ids(team, admin, limit="1", cursor="call_03") == ["call_02"]


async def test_an_agent_sees_its_own_and_nobody_elses(team: Team) -> None:
    own = team.bearer(AVA)

    assert await ids(team, own) == await ids(team, own, agent_id=AVA, workspace_id="team-a") == ["call_01"]
    for query in ({"agent_id": BOB}, {"workspace_id": "team-b"}, {"agent_id": "team-z.nobody"}):
        refused = await team.router.http.get("/api/v1/audit", params=query, headers=own)
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "agent_not_found")


async def test_what_is_old_is_forgotten(team: Team) -> None:
    book = team.router.process.tools.audit_book
    assert book._kept == timedelta(days=90)

    await book.sweep()
    kept = await ids(team, team.router.admin)
    book._now = lambda: NOW + timedelta(days=90, seconds=1)
    await book.sweep()

    assert len(kept) == 3
    assert await ids(team, team.router.admin) == []
