"""`POST /v1/chat/completions` without a framework: who asks, what for, and the provider's bytes back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from vutler_router.container import Process
from vutler_router.domain.agent import Agent
from vutler_router.domain.caller import AdminCaller, AgentCaller
from vutler_router.errors import Forbidden, NotReady, RouterError
from vutler_router.providers.chat_request import ChatRequest
from vutler_router.providers.sse import encode_event
from vutler_router.services.callers import Callers
from vutler_router.services.chat import Origin, StreamedAnswer
from vutler_router.wire.asgi import (
    App,
    CallerLeft,
    Headers,
    Receive,
    Scope,
    Send,
    cancelled_when_caller_leaves,
    encoded,
    read_body,
    send_whole,
)
from vutler_router.wire.faults import Fault, fault_of, internal_fault

__all__ = ["CHAT_PATH", "HotPath"]

CHAT_PATH: Final = "/v1/chat/completions"

_READ_HEADERS: Final = frozenset({b"authorization", b"content-length"})
_METHOD_REFUSAL: Final = Fault(
    405,
    b'{"error":{"message":"Use POST.","type":"invalid_request_error","code":"method_not_allowed","param":null}}',
    {"content-type": "application/json", "allow": "POST"},
)

_log = structlog.get_logger(__name__)


class HotPath:
    """Takes model requests and hands everything else to the application behind it.

    Args:
        app: What serves all other paths.
        process: The process's services.
        new_id: Makes request ids; never the caller's, for rows are counted by them.
        max_body: The largest body taken, in bytes.
        max_concurrency: Requests under way at once; more are asked to come back.
    """

    def __init__(
        self,
        app: App,
        process: Process,
        new_id: Callable[[], str],
        *,
        max_body: int,
        max_concurrency: int,
    ) -> None:
        self._app = app
        self._process = process
        self._new_id = new_id
        self._max_body = max_body
        self._max_concurrency = max_concurrency
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection's request."""
        if scope["type"] != "http" or scope["path"] != CHAT_PATH:
            await self._app(scope, receive, send)
            return
        self._under_way += 1
        try:
            await _Exchange(self._new_id(), receive, send).run(self._answer, scope)
        finally:
            self._under_way -= 1

    async def _answer(self, scope: Scope, exchange: _Exchange) -> None:
        if scope["method"] != "POST":
            await exchange.refuse(_METHOD_REFUSAL)
            return
        headers = {name: value for name, value in scope["headers"] if name in _READ_HEADERS}
        process = self._process
        agent = _agent(process.callers, headers.get(b"authorization"))
        if self._under_way > self._max_concurrency:
            raise NotReady(f"The router has {self._max_concurrency} requests under way; try again.", code="overloaded")
        body = await read_body(exchange.receive, headers.get(b"content-length"), self._max_body)
        request = ChatRequest.parse(body)
        async with cancelled_when_caller_leaves(exchange.receive):
            if request.stream:
                await exchange.relay(await process.chat.stream(agent, request, exchange.request_id))
            else:
                answer, origin = await process.chat.answer(agent, request, exchange.request_id)
                await exchange.send_whole(200, origin, answer.content_type, answer.body)


def _agent(callers: Callers, authorization: bytes | None) -> Agent:
    caller = callers.identify(None if authorization is None else authorization.decode("latin-1"))
    match caller:
        case AgentCaller(agent):
            return agent
        case AdminCaller():
            raise Forbidden(
                "Models are asked for with an agent's token; to try an agent as administrator, use "
                "POST /api/v1/agents/{id}/chat."
            )


class _Exchange:
    """One request's channel, which knows whether the answer has begun and so can no longer be a refusal."""

    __slots__ = ("_begun", "_send", "receive", "request_id")

    def __init__(self, request_id: str, receive: Receive, send: Send) -> None:
        self.request_id = request_id
        self.receive = receive
        self._send = send
        self._begun = False

    async def run(self, answer: Callable[[Scope, _Exchange], Awaitable[None]], scope: Scope) -> None:
        """Answer, or say in the one shape of errors why not."""
        try:
            await answer(scope, self)
        except CallerLeft:
            _log.info("caller left", request_id=self.request_id)
        except RouterError as error:
            _log.info("refused", request_id=self.request_id, code=error.code)
            await self.refuse(fault_of(error))
        except Exception:
            _log.exception("request failed", request_id=self.request_id)
            if self._begun:
                raise  # the server cuts the connection: better than an answer that looks whole
            await self.refuse(internal_fault())

    async def refuse(self, fault: Fault) -> None:
        """Send an error."""
        self._begun = True
        await send_whole(self._send, fault.status, [*encoded(fault.headers), self._id_header()], fault.body)

    async def send_whole(self, status: int, origin: Origin, content_type: str, body: bytes) -> None:
        """Send an answer that is at hand."""
        self._begun = True
        await send_whole(self._send, status, self._headers(origin, content_type), body)

    async def relay(self, answer: StreamedAnswer) -> None:
        """Pass a stream on as it comes; one that breaks ends in an error event and without the closing mark."""
        send = self._send
        try:
            self._begun = True
            headers = [*self._headers(answer.origin, "text/event-stream"), (b"cache-control", b"no-cache")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            while piece := await answer.piece():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            end = encode_event(fault_of(answer.error).body) if answer.error is not None else b""
            await send({"type": "http.response.body", "body": end})
        finally:
            await answer.close()

    def _headers(self, origin: Origin, content_type: str) -> Headers:
        return [
            (b"content-type", content_type.encode("latin-1", "replace")),
            self._id_header(),
            (b"x-vutler-provider", origin.provider.encode()),
            (b"x-vutler-model", origin.model.encode("ascii", "replace")),
            (b"x-vutler-category", origin.category.encode("ascii", "replace")),
            (b"x-vutler-attempts", b"%d" % origin.attempts),
        ]

    def _id_header(self) -> tuple[bytes, bytes]:
        return b"x-request-id", self.request_id.encode()
