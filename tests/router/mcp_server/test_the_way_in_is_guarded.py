import asyncio
import json
import socket
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.support.agent_stand_in import Heard
from tests.support.agent_team import Team, eventually, text_of, working_team
from tests.support.scripted_upstream import ScriptedUpstream
from tests.support.tool_ports import MemoryDrive
from vutler_router.services.tools.ports import ToolPorts

AVA, BOB = "team-a.ava", "team-a.bob"
ACCEPTS = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-11-25"}
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


def call(rpc_id: object = 7, tool: str = "drive_read", **arguments: Any) -> dict[str, Any]:
    params = {"name": tool, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": rpc_id, "method": "tools/call", "params": params}


@pytest.fixture
async def drive(team: Team) -> MemoryDrive:
    drive = MemoryDrive()
    drive.files["team-a", "a.txt"] = b"Hello"
    await team.equip(ToolPorts(drive=drive))
    await team.join(AVA, None)
    return drive


async def post(team: Team, message: Any, **headers: str) -> Any:
    return await team.router.http.post(team.mcp_url, json=message, headers={**team.bearer(AVA), **ACCEPTS, **headers})


async def test_openclaws_handshake_is_answered(team: Team) -> None:
    await team.join(AVA, None, tools=[])
    params = {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "openclaw-bundle-mcp", "version": "0"},
    }

    begun = await post(team, {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params})
    noted = await post(team, {"jsonrpc": "2.0", "method": "notifications/initialized"})
    listed = await post(team, LIST)
    listening = await team.router.http.get(team.mcp_url, headers={**team.bearer(AVA), **ACCEPTS})

    assert begun.json()["result"]["protocolVersion"] == "2025-11-25"
    assert begun.json()["result"]["serverInfo"]["name"] == "vutler"
    assert noted.status_code == 202
    assert listed.headers["content-type"] == "application/json"
    assert [tool["name"] for tool in listed.json()["result"]["tools"]] == ["usage_mine"]
    assert (listening.status_code, listening.headers["allow"]) == (405, "POST")
    assert all(answer.headers["x-request-id"].startswith("req_") for answer in (begun, noted, listed))


async def test_clients_of_the_newest_protocol_are_served_too(team: Team) -> None:
    await team.join(AVA, None, tools=[])
    async with (
        httpx2.AsyncClient(headers=team.bearer(AVA), timeout=30) as http,
        Client(streamable_http_client(team.mcp_url, http_client=http)) as client,
    ):
        listed = await client.list_tools()
        used = await client.call_tool("usage_mine", {})

    assert [tool.name for tool in listed.tools] == ["usage_mine"]
    assert json.loads(text_of(used))["requests"] == 0


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 401, "unauthenticated"),
        ({"authorization": "Bearer wrong"}, 401, "unauthenticated"),
        ({"authorization": "Basic YTpi"}, 401, "unauthenticated"),
    ],
)
async def test_nobody_comes_in_without_an_agents_token(
    team: Team, headers: dict[str, str], status: int, code: str
) -> None:
    await team.join(AVA, None)

    answer = await team.router.http.post(team.mcp_url, json=LIST, headers={**ACCEPTS, **headers})
    admins = await team.router.http.post(team.mcp_url, json=LIST, headers={**ACCEPTS, **team.router.admin})

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert (admins.status_code, admins.json()["error"]["code"]) == (403, "forbidden")


async def test_names_of_a_cluster_are_no_strange_hosts(team: Team) -> None:
    await team.join(AVA, None)

    answer = await post(team, LIST, host="vutler-router.vutler-system.svc:3456", origin="http://elsewhere")

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{no json", {"content-type": "application/json"}, 400),
        (b"[]", {"content-type": "application/json"}, 400),
        (b'"x"', {"content-type": "application/json"}, 400),
        (b"", {"content-type": "application/json"}, 400),
        (b"{}", {"content-type": "text/plain"}, 400),
        (b"{}", {"content-type": "application/json", "accept": "text/html"}, 406),
        (b" " * (9 << 20), {"content-type": "application/json"}, 413),
        (b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":7}', {"content-type": "application/json"}, 400),
    ],
    ids=["no json", "batch", "text", "empty", "type", "accept", "too long", "params"],
)
async def test_what_is_no_message_is_refused(team: Team, content: bytes, headers: dict[str, str], status: int) -> None:
    await team.join(AVA, None)

    answer = await team.router.http.post(
        team.mcp_url, content=content, headers={**team.bearer(AVA), **ACCEPTS, **headers}
    )

    assert answer.status_code == status
    assert answer.json()["error"]["message"]


async def test_an_unknown_method_is_an_error_of_the_protocol(team: Team) -> None:
    await team.join(AVA, None)

    answer = await post(team, {"jsonrpc": "2.0", "id": "x", "method": "resources/list"})

    assert (answer.json()["id"], answer.json()["error"]["code"]) == ("x", -32601)


async def test_a_client_that_hangs_up_cancels_its_call(team: Team, drive: MemoryDrive) -> None:
    drive.hold = asyncio.Event()
    asking = asyncio.create_task(post(team, call(path="a.txt")))
    await eventually(lambda: drive.reading == 1)

    asking.cancel()

    await eventually(lambda: drive.cancelled == 1)
    (record,) = await eventually(lambda: team.audit(agent_id=AVA))
    assert (record["result"], record["code"], record["target"]) == ("failed", "cancelled", "a.txt")


async def test_a_client_that_calls_a_request_off_cancels_that_alone(team: Team, drive: MemoryDrive) -> None:
    drive.hold = asyncio.Event()
    first = asyncio.create_task(post(team, call(7, path="a.txt")))
    second = asyncio.create_task(post(team, call(8, path="a.txt")))
    await eventually(lambda: drive.reading == 2)

    off = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}}
    noted = await post(team, off)
    ended = await first
    drive.hold.set()

    assert noted.status_code == 202
    assert (ended.json()["id"], ended.json()["error"]["code"]) == (7, -32800)
    assert (await second).json()["result"]["isError"] is False
    assert drive.cancelled == 1


async def test_nobody_calls_off_what_another_agent_asked(team: Team, drive: MemoryDrive) -> None:
    await team.join(BOB, None)
    drive.hold = asyncio.Event()
    asking = asyncio.create_task(post(team, call(7, path="a.txt")))
    await eventually(lambda: drive.reading == 1)

    off = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}}
    await team.router.http.post(team.mcp_url, json=off, headers={**team.bearer(BOB), **ACCEPTS})
    drive.hold.set()

    assert (await asking).json()["result"]["isError"] is False


async def test_calling_off_an_ask_ends_the_peers_work(team: Team) -> None:
    async def hang(_heard: Heard) -> Any:
        yield "I am at it"
        await asyncio.Event().wait()

    await team.join(AVA, None, delegates=[BOB])
    pod = await team.join(BOB, hang)
    assert pod is not None
    asking = asyncio.create_task(post(team, call(7, "agent_ask", agent="bob", message="Go")))
    await eventually(lambda: pod.heard)

    asking.cancel()

    async with asyncio.timeout(5):
        await pod.left.wait()
    (tree,) = await eventually(lambda: _over(team))
    assert tree["status"] == "cancelled"


async def _over(team: Team) -> list[dict[str, Any]]:
    return [tree for tree in await team.trees() if tree["status"] != "running"]


async def test_who_asks_for_it_hears_how_far_an_answer_is(team: Team) -> None:
    async def slowly(_heard: Heard) -> Any:
        yield "first "
        await asyncio.sleep(1.1)
        yield "second"

    await team.join(AVA, None, delegates=[BOB])
    await team.join(BOB, slowly)
    told: list[tuple[float, str | None]] = []

    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        assert total is None
        told.append((progress, message))

    async with team.tools(AVA) as session:
        result = await session.call_tool("agent_ask", {"agent": "bob", "message": "Go"}, progress_callback=on_progress)

    assert text_of(result) == "first second"
    assert told == [(6.0, "6 characters of the answer are there"), (12.0, "12 characters of the answer are there")]


@pytest.mark.usefixtures("drive")
async def test_a_thousand_calls_are_all_answered_and_audited(team: Team) -> None:
    gate = asyncio.Semaphore(100)

    async def one(number: int) -> str:
        async with gate:
            answer = await post(team, call(number, path="a.txt"))
        assert answer.json()["id"] == number
        text: str = answer.json()["result"]["content"][0]["text"]
        return text

    texts = await asyncio.gather(*(one(number) for number in range(1_000)))

    assert set(texts) == {'{"path":"a.txt"}\nHello'}
    await eventually(lambda: _audited(team, 1_000))


async def _audited(team: Team, count: int) -> bool:
    return len(await _all_calls(team)) == count


async def _all_calls(team: Team) -> set[str]:
    found: set[str] = set()
    cursor: str | None = ""
    while cursor is not None:
        page = await team.router.http.get(
            "/api/v1/audit", params={"limit": "500", "cursor": cursor}, headers=team.router.admin
        )
        found |= {entry["id"] for entry in page.json()["calls"]}
        cursor = page.json()["next_cursor"]
    return found


async def test_more_calls_than_the_router_takes_are_told_to_come_again(
    tmp_path: Path, upstream: ScriptedUpstream
) -> None:
    async with working_team(tmp_path, upstream, max_concurrency=1) as team:
        drive = MemoryDrive()
        drive.hold = asyncio.Event()
        await team.equip(ToolPorts(drive=drive))
        await team.join(AVA, None)
        waiting = asyncio.create_task(post(team, call(1, path="a.txt")))
        await eventually(lambda: drive.reading == 1)
        refused = await post(team, call(2, path="a.txt"))
        drive.hold.set()
        await waiting
        afterwards = await post(team, call(3, path="a.txt"))

    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "overloaded")
    assert refused.headers["retry-after"]
    assert afterwards.status_code == 200


@pytest.mark.usefixtures("drive")
async def test_a_connection_that_ends_in_mid_body_leaves_nothing_behind(team: Team) -> None:
    host, port = team.mcp_url.removeprefix("http://").removesuffix("/mcp").split(":")
    head = f"POST /mcp HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {team.tokens[AVA]}\r\n"
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(f"{head}content-type: application/json\r\ncontent-length: 100\r\n\r\n{{".encode())

    assert (await post(team, call(path="a.txt"))).status_code == 200
