"""The way in at /mcp: who calls, a bounded body, and an end to what nobody waits for any more."""

import asyncio
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson
import structlog

from vutler_router.container import Process
from vutler_router.domain.agent import Agent
from vutler_router.domain.caller import AdminCaller, AgentCaller
from vutler_router.errors import Category, Forbidden, InvalidRequest, NotReady, RouterError
from vutler_router.mcp_server.toolbox import Toolbox
from vutler_router.wire.asgi import (
    App,
    CallerLeft,
    CallerWatch,
    Message,
    Receive,
    Scope,
    Send,
    encoded,
    read_body,
    send_whole,
)
from vutler_router.wire.faults import Fault, error_body, fault_of, internal_fault

if TYPE_CHECKING:
    from vutler_router.mcp_server.protocol import McpProtocol

__all__ = ["PATH", "McpEdge"]

PATH: Final = "/mcp"

_LARGEST_BODY: Final = 8 << 20
_CANCELLED: Final = -32_800
"""JSON-RPC's code for a request that its caller called off, by the Language Server Protocol's example."""

_METHOD_REFUSAL: Final = Fault(
    405,
    error_body("Use POST: there are no sessions to listen to or end.", Category.INVALID_REQUEST, "method_not_allowed"),
    {"content-type": "application/json", "allow": "POST"},
)

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _UnderWay:
    """A request under way, by the name its client gave it."""

    agent_id: str
    rpc_id: object
    task: "asyncio.Task[None] | None"
    called_off: bool = False


class _WayBack:
    """Sends to one caller; knows whether the answer has begun, and adds the request's id."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self.request_id = request_id
        self.begun = self.whole = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self.whole = True
        if message["type"] == "http.response.start":
            self.begun = True
            message["headers"] = [*message.get("headers", ()), (b"x-request-id", self.request_id.encode())]
        await self._send(message)


class McpEdge:
    """Takes requests at /mcp and hands everything else to the application behind it.

    Args:
        app: What serves all other paths.
        process: The process's services.
        toolbox: The tools.
        new_id: Makes request ids.
        version: The router's own.
    """

    def __init__(self, app: App, process: Process, toolbox: Toolbox, new_id: Callable[[], str], version: str) -> None:
        self._app = app
        self._process = process
        self._toolbox = toolbox
        self._new_id = new_id
        self._version = version
        self._max_body = min(_LARGEST_BODY, process.settings.max_body_bytes)
        self._under_way: dict[int, _UnderWay] = {}
        self._protocol: asyncio.Task[McpProtocol] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection's request."""
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._app(scope, receive, send)
            return
        way = _WayBack(send, self._new_id())
        try:
            await self._serve(scope, receive, way)
        except CallerLeft:
            if not way.whole:  # else the answer is out, and what was cut short is the tidying up
                _log.info("caller left", request_id=way.request_id)
        except RouterError as error:
            await _refuse(way, fault_of(error))
        except Exception:
            _log.exception("request failed", request_id=way.request_id, path=PATH)
            if way.begun:
                raise
            await _refuse(way, internal_fault())

    async def _serve(self, scope: Scope, receive: Receive, send: "_WayBack") -> None:
        headers = dict(scope["headers"])
        agent = self._agent(headers)
        if scope["method"] != "POST":
            await _refuse(send, _METHOD_REFUSAL)
            return
        if len(self._under_way) >= self._process.settings.max_concurrency:
            raise NotReady("The router has too many tool calls under way; try again.", code="overloaded")
        if not headers.get(b"content-type", b"").lower().startswith(b"application/json"):
            raise InvalidRequest("Send JSON-RPC, with `Content-Type: application/json`.", code="invalid_json")
        body = await read_body(receive, headers.get(b"content-length"), self._max_body)
        protocol = await self._opened()
        message = _decoded(body)
        self._call_off(agent, message)
        scope["vutler.agent"], scope["vutler.request_id"] = agent, send.request_id
        request = _UnderWay(agent.id, message.get("id"), asyncio.current_task())
        self._under_way[id(request)] = request
        try:
            async with CallerWatch(receive):
                await protocol.serve(scope, _replayed(body), send, streams=_wants_events(message, headers))
        except asyncio.CancelledError:
            if not request.called_off or request.task is None or request.task.uncancel():
                raise
            await _answer_called_off(send, request.rpc_id)
        finally:
            del self._under_way[id(request)]

    def _agent(self, headers: Mapping[bytes, bytes]) -> Agent:
        authorization = headers.get(b"authorization")
        caller = self._process.callers.identify(None if authorization is None else authorization.decode("latin-1"))
        match caller:
            case AgentCaller(agent):
                return agent
            case AdminCaller():
                raise Forbidden("Tools are called with an agent's token, in its name; the administrator has none.")

    def _call_off(self, agent: Agent, message: Mapping[str, object]) -> None:
        """End a call that its client has given up; one that it cannot be told from another goes on."""
        params = message.get("params")
        if message.get("method") != "notifications/cancelled" or not isinstance(params, dict):
            return
        wanted = params.get("requestId")
        found = [
            request
            for request in self._under_way.values()
            if wanted is not None and (request.agent_id, request.rpc_id) == (agent.id, wanted)
        ]
        if len(found) == 1 and found[0].task is not None:
            found[0].called_off = True
            found[0].task.cancel()

    async def _opened(self) -> "McpProtocol":
        """Return the protocol; its library is loaded beside the requests, once it is needed."""
        if self._protocol is None:
            self._protocol = asyncio.create_task(self._load(), name="mcp")
        try:
            return await asyncio.shield(self._protocol)
        except ImportError:
            self._protocol = None
            raise

    async def _load(self) -> "McpProtocol":
        module = await asyncio.to_thread(importlib.import_module, "vutler_router.mcp_server.protocol")
        protocol: McpProtocol = module.McpProtocol(self._toolbox, self._version, self._max_body)
        return protocol


def _decoded(body: bytes) -> Mapping[str, object]:
    """Return the message, or nothing where it is none, which the SDK then says."""
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return message if isinstance(message, dict) else {}


def _wants_events(message: Mapping[str, object], headers: Mapping[bytes, bytes]) -> bool:
    """Tell whether the client waits for signs of progress, and can read them."""
    params = message.get("params")
    meta = params.get("_meta") if isinstance(params, dict) else None
    asked = isinstance(meta, dict) and meta.get("progressToken") is not None
    return asked and message.get("method") == "tools/call" and b"text/event-stream" in headers.get(b"accept", b"")


def _replayed(body: bytes) -> Receive:
    """Hand the body on in one piece; after it nothing comes, for the end of the connection is watched here."""
    rest = [body]

    async def receive() -> Message:
        if rest:
            return {"type": "http.request", "body": rest.pop(), "more_body": False}
        await asyncio.Event().wait()
        raise AssertionError

    return receive


async def _answer_called_off(send: _WayBack, rpc_id: object) -> None:
    if send.begun:  # events: the stream ends, and the client waits for nothing any more
        await send({"type": "http.response.body", "body": b""})
        return
    error = {"code": _CANCELLED, "message": "Called off by the client."}
    body = orjson.dumps({"jsonrpc": "2.0", "id": rpc_id, "error": error})
    await send_whole(send, 200, encoded({"content-type": "application/json"}), body)


async def _refuse(send: Send, fault: Fault) -> None:
    await send_whole(send, fault.status, encoded(fault.headers), fault.body)
