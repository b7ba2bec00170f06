import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from structlog.testing import capture_logs
from typing_extensions import override

from tests.support.agent_team import eventually
from tests.support.router_values import NOON
from vutler_router.domain.tool_audit import InMemoryAuditLog, ToolCall, ToolCallFilter, ToolResult
from vutler_router.errors import StorageError
from vutler_router.services.tools.audit import AuditWriter

CALL = ToolCall("call_0", "team-a.ava", "team-a", "drive_read", "a.txt", ToolResult.OK, "", 12, "req_1", "", NOON)


class FlakyLog(InMemoryAuditLog):
    """A log whose database is away for a while."""

    def __init__(self, failures: int = 0) -> None:
        super().__init__()
        self.failures = failures
        self.batches: list[int] = []

    @override
    async def add(self, calls: Sequence[ToolCall]) -> None:
        if self.failures:
            self.failures -= 1
            raise StorageError("away")
        self.batches.append(len(calls))
        await super().add(calls)

    async def ids(self) -> list[str]:
        return [call.id for call in (await self.page(ToolCallFilter(), limit=1_000, cursor=None)).calls]


async def test_many_calls_are_few_batches() -> None:
    log = FlakyLog()
    writer = AuditWriter(log)
    for number in range(450):
        writer.record(replace(CALL, id=f"call_{number:03}"))

    async with writer.running():
        await eventually(lambda: writer.waiting == 0)

    assert log.batches == [200, 200, 50]
    assert len(await log.ids()) == 450


async def test_an_outage_loses_nothing() -> None:
    log = FlakyLog(failures=2)
    writer = AuditWriter(log)

    async with writer.running():
        writer.record(CALL)
        await eventually(lambda: writer.waiting == 0)

    assert await log.ids() == ["call_0"]


async def test_a_stop_writes_what_is_left_and_what_still_looks_for_its_tree() -> None:
    log = FlakyLog()
    writer = AuditWriter(log)
    tree = asyncio.create_task(asyncio.sleep(0.05, "tree_1"))

    async with writer.running():
        writer.record_in(tree, CALL)

    assert (await log.page(ToolCallFilter(), limit=1, cursor=None)).calls == (replace(CALL, tree_id="tree_1"),)


@pytest.mark.parametrize("found", ["never", "fails"])
async def test_a_tree_that_is_not_found_keeps_no_call_back(found: str) -> None:
    async def look() -> str:
        if found == "fails":
            raise StorageError("away")
        return str(await asyncio.Event().wait())

    log = FlakyLog()
    writer = AuditWriter(log)

    async with writer.running():
        writer.record_in(asyncio.create_task(look()), CALL)
        await eventually(lambda: log.batches)

    assert (await log.page(ToolCallFilter(), limit=1, cursor=None)).calls == (CALL,)


async def test_more_than_can_wait_goes_to_the_process_s_log() -> None:
    writer = AuditWriter(FlakyLog(), capacity=1)

    with capture_logs() as lines:
        writer.record(CALL)
        writer.record(replace(CALL, id="call_1"))

    assert writer.waiting == 1
    assert [(line["event"], line["id"], line["target"]) for line in lines] == [
        ("tool call not kept", "call_1", "a.txt")
    ]


async def test_what_a_dead_database_never_took_is_told_at_the_end() -> None:
    writer = AuditWriter(FlakyLog(failures=10**9))

    with capture_logs() as lines:
        async with writer.running():
            writer.record(CALL)

    assert [line["id"] for line in lines if line["event"] == "tool call not kept"] == ["call_0"]
