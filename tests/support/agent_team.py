"""A router with agents whose pods are stand-ins, and MCP clients of the official SDK for them."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextContent

from tests.support.agent_stand_in import GATEWAY_TOKEN, Behaviour, StandIn, echo, standing_in
from tests.support.running_router import RunningRouter, running_router
from tests.support.scripted_upstream import ScriptedUpstream
from vutler_router.app import create_app
from vutler_router.services.tools.ports import ToolPorts
from vutler_router.serving import GracefulServer, listen, url_of

__all__ = ["Team", "eventually", "text_of", "working_team"]

_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_LONGEST_SECONDS = 5.0


class Team:
    """Agents of one router; each has a token and, once it joined with a behaviour, a pod."""

    def __init__(self, router: RunningRouter, stack: contextlib.AsyncExitStack) -> None:
        self.router = router
        self._stack = stack
        self.tokens: dict[str, str] = {}
        self.mcp_url = f"{router.url}/mcp"

    async def join(self, agent_id: str, behave: Behaviour | None = echo, **fields: Any) -> StandIn | None:
        """Add an agent, with its pod unless there is to be none; `delegates` and `tools` as it is pushed."""
        self.tokens[agent_id] = await self.router.agent(agent_id)
        pod = None
        if behave is not None:
            pod = await self._stack.enter_async_context(standing_in(behave))
            fields["gateway"] = {"url": pod.url, "token": GATEWAY_TOKEN}
        pushed = await self.router.http.put(f"/api/v1/agents/{agent_id}", json=fields, headers=self.router.admin)
        assert pushed.status_code == 200, pushed.text
        return pod

    def bearer(self, agent_id: str) -> dict[str, str]:
        """Return an agent's own headers."""
        return {"authorization": f"Bearer {self.tokens[agent_id]}"}

    async def equip(self, ports: ToolPorts) -> None:
        """Serve the tools of a drive, mail and chat on a further port, from now on."""
        process = self.router.process
        equipped = replace(process, tool_ports=ports)
        listener = listen("127.0.0.1", 0)
        server = GracefulServer(create_app(equipped), 1, lambda: None)
        serving = asyncio.create_task(server.run_on(listener))
        self.mcp_url = f"{url_of(listener)}/mcp"

        async def stop() -> None:
            server.should_exit = True
            await serving

        self._stack.push_async_callback(stop)

    @asynccontextmanager
    async def tools(self, agent_id: str) -> AsyncIterator[ClientSession]:
        """Connect as OpenClaw does, by the handshake of 2025-11-25."""
        async with (
            httpx2.AsyncClient(headers=self.bearer(agent_id), timeout=30, verify=_NO_TLS) as http,
            streamable_http_client(self.mcp_url, http_client=http) as (reads, writes),
            ClientSession(reads, writes) as session,
        ):
            await session.initialize()
            yield session

    async def call(self, agent_id: str, tool: str, **arguments: Any) -> CallToolResult:
        """Call one tool, connecting anew as OpenClaw does in each of its sessions."""
        async with self.tools(agent_id) as session:
            return await session.call_tool(tool, arguments)

    async def think(self, agent_id: str, messages: list[dict[str, str]]) -> None:
        """Ask the agent's model, as its pod does in the course of a turn."""
        answer = await self.router.chat(self.tokens[agent_id], messages=messages)
        assert answer.status_code == 200, answer.text

    async def audit(self, **query: str) -> list[dict[str, Any]]:
        """Return the audit as the administrator sees it."""
        shown = await self.router.http.get("/api/v1/audit", params=query, headers=self.router.admin)
        calls: list[dict[str, Any]] = shown.json()["calls"]
        return calls

    async def tree(self, tree_id: str) -> dict[str, Any]:
        """Return a tree as the administrator sees it."""
        shown = await self.router.http.get(f"/api/v1/usage/trees/{tree_id}", headers=self.router.admin)
        tree: dict[str, Any] = shown.json()
        return tree

    async def trees(self) -> list[dict[str, Any]]:
        """Return today's trees."""
        shown = await self.router.http.get("/api/v1/usage/trees", headers=self.router.admin)
        trees: list[dict[str, Any]] = shown.json()["trees"]
        return trees


def text_of(result: CallToolResult) -> str:
    """Return what the model is told."""
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


async def eventually(holds: Callable[[], Any]) -> Any:
    """Wait until something that may be awaited is true, and return it."""
    async with asyncio.timeout(_LONGEST_SECONDS):
        while True:
            found = holds()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return found
            await asyncio.sleep(0.02)


@asynccontextmanager
async def working_team(folder: Path, upstream: ScriptedUpstream, **settings: Any) -> AsyncIterator[Team]:
    """Run a router for a team."""
    async with running_router(folder, upstream, **settings) as router, contextlib.AsyncExitStack() as stack:
        yield Team(router, stack)
