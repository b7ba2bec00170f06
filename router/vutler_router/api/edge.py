"""The outermost step of every API request: an id, a bound on the body, and an answer even to what nobody foresaw."""

from collections.abc import Callable, Collection
from typing import Final

import structlog

from vutler_router.errors import RouterError
from vutler_router.wire.asgi import App, CallerLeft, Message, Receive, Scope, Send, encoded, read_body, send_whole
from vutler_router.wire.faults import Fault, fault_of, internal_fault

__all__ = ["Edge"]

_BODILESS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_log = structlog.get_logger(__name__)


class Edge:
    """Plain ASGI middleware.

    Args:
        app: What serves the request.
        new_id: Makes request ids.
        max_body: The largest body taken, in bytes.
        streamed: Paths whose bodies pass as they come; who serves them has a bound of its own.
    """

    def __init__(self, app: App, new_id: Callable[[], str], max_body: int, *, streamed: Collection[str] = ()) -> None:
        self._app = app
        self._new_id = new_id
        self._max_body = max_body
        self._streamed = frozenset(streamed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; other kinds of connection pass."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = self._new_id()
        begun = False

        async def identified(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._app(scope, await self._bounded(scope, receive), identified)
        except CallerLeft:
            return
        except RouterError as error:
            await _refuse(identified, fault_of(error))
        except Exception:
            _log.exception("request failed", request_id=request_id, path=scope["path"])
            if begun:
                raise
            await _refuse(identified, internal_fault())

    async def _bounded(self, scope: Scope, receive: Receive) -> Receive:
        """Read the body here, within its bound, and hand it on in one piece."""
        if scope["method"] in _BODILESS or scope["path"] in self._streamed:
            return receive
        declared = dict(scope["headers"]).get(b"content-length")
        body: bytes | None = await read_body(receive, declared, self._max_body)

        async def replayed() -> Message:
            nonlocal body
            if body is None:
                return await receive()
            whole, body = body, None
            return {"type": "http.request", "body": whole, "more_body": False}

        return replayed


async def _refuse(send: Send, fault: Fault) -> None:
    await send_whole(send, fault.status, encoded(fault.headers), fault.body)
