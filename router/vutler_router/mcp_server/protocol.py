"""Speaks MCP through the official SDK; the one module that imports it, which takes a second and 20 MB."""

import logging
from typing import Any, Final

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from vutler_router.domain.agent import Agent
from vutler_router.mcp_server.tool import Tool
from vutler_router.mcp_server.toolbox import Toolbox
from vutler_router.wire.asgi import Receive, Scope, Send

__all__ = ["AGENT", "REQUEST_ID", "McpProtocol"]

AGENT: Final = "vutler.agent"
"""Where in the ASGI scope the calling agent stands."""

REQUEST_ID: Final = "vutler.request_id"
"""Where in the ASGI scope the request's id stands."""

_INSTRUCTIONS: Final = (
    "The platform's tools: files (drive_…), mail (email_…), channels (chat_…) and other agents (agent_ask). You see "
    "those that are granted to you."
)


class McpProtocol:
    """An MCP server without sessions: every request stands for itself, so any router process can answer it.

    Args:
        toolbox: Lists and runs the tools.
        version: The router's own, for clients to show.
        max_body: The largest body taken, in bytes.
    """

    def __init__(self, toolbox: Toolbox, version: str, max_body: int) -> None:
        logging.getLogger("mcp").setLevel(logging.WARNING)  # at info it says three lines a request
        self._toolbox = toolbox
        self._max_body = max_body
        self._server: Server[Any] = Server(
            "vutler",
            version=version,
            title="Vutler",
            instructions=_INSTRUCTIONS,
            on_list_tools=self._list,
            on_call_tool=self._call,
        )

    async def serve(self, scope: Scope, receive: Receive, send: Send, *, streams: bool) -> None:
        """Serve one request of the agent in the scope; when this is cancelled, so is the call.

        Args:
            scope: With `AGENT` and `REQUEST_ID`.
            receive: The ASGI channel.
            send: The ASGI channel.
            streams: Whether to answer with events, which can tell of progress, instead of one JSON body.
        """
        # A manager for each request ties what runs in it to the request's own task. The SDK checks neither hosts nor
        # origins then, which would refuse the names of a cluster: here a token is asked for, which no browser adds.
        manager = StreamableHTTPSessionManager(
            self._server, stateless=True, json_response=not streams, max_request_body_size=self._max_body
        )
        async with manager.run():
            await manager.handle_request(scope, receive, send)

    async def _list(
        self, context: ServerRequestContext[Any], _params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_described(tool) for tool in self._toolbox.granted(_agent(context))])

    async def _call(
        self, context: ServerRequestContext[Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        async def progress(done: float, message: str) -> None:
            await context.session.report_progress(done, None, message)

        answer = await self._toolbox.call(
            _agent(context),
            params.name,
            params.arguments,
            request_id=_scope(context)[REQUEST_ID],
            progress=progress,
        )
        return types.CallToolResult(content=[types.TextContent(text=answer.text)], is_error=answer.is_error)


def _described(tool: Tool[Any]) -> types.Tool:
    return types.Tool(
        name=tool.name,
        description=tool.description,
        input_schema=tool.schema,
        annotations=types.ToolAnnotations(read_only_hint=tool.read_only),
    )


def _agent(context: ServerRequestContext[Any]) -> Agent:
    agent: Agent = _scope(context)[AGENT]
    return agent


def _scope(context: ServerRequestContext[Any]) -> Scope:
    scope: Scope = context.request.scope  # type: ignore[union-attr]  # every transport here is HTTP
    return scope
