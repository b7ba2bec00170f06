"""What the edges need of ASGI: types, reading a bounded body, sending answers, noticing that a caller left."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, Final

from vutler_router.errors import InvalidRequest, TooLarge

__all__ = [
    "App",
    "CallerLeft",
    "CallerWatch",
    "Headers",
    "Message",
    "Receive",
    "Scope",
    "Send",
    "encoded",
    "read_body",
    "send_whole",
]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_DISCONNECT: Final = "http.disconnect"
_WATCH_AFTER_SECONDS: Final = 0.05


class CallerLeft(Exception):  # noqa: N818 - a departure is no error
    """The caller hung up; there is nobody to answer."""


async def read_body(receive: Receive, declared: bytes | None, limit: int) -> bytes:
    """Return the request's body.

    Args:
        receive: The ASGI channel.
        declared: The Content-Length header, which refuses a large body before it is read.
        limit: The most bytes taken.

    Raises:
        TooLarge: it is longer than the limit.
        CallerLeft: it will never be whole.
    """
    if declared is not None:
        if not declared.isdigit():
            raise InvalidRequest("Content-Length must be a number.")
        if int(declared) > limit:
            raise _too_large(limit)
    pieces = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == _DISCONNECT:
            raise CallerLeft
        piece = message.get("body", b"")
        size += len(piece)
        if size > limit:
            raise _too_large(limit)
        pieces.append(piece)
        if not message.get("more_body", False):
            return b"".join(pieces) if len(pieces) > 1 else piece


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is larger than {limit} bytes (ROUTER_MAX_BODY_BYTES).")


async def send_whole(send: Send, status: int, headers: Headers, body: bytes) -> None:
    """Send an answer whose body is at hand."""
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [*headers, (b"content-length", b"%d" % len(body))],
        }
    )
    await send({"type": "http.response.body", "body": body})


def encoded(headers: Mapping[str, str] | Iterable[tuple[str, str]]) -> Headers:
    """Encode headers for the wire."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in pairs]


class CallerWatch:
    """Cancels the block when the caller hangs up, and leaves it with `CallerLeft`.

    The block's own clean-up runs first: the provider's work is cancelled and the row is written there. Most answers
    are there before the watch begins, which saves them a task of its own.
    """

    __slots__ = ("_left", "_receive", "_task", "_timer", "_watcher")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._left = False
        self._task: asyncio.Task[object] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._watcher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        self._task = asyncio.current_task()
        self._timer = asyncio.get_running_loop().call_later(_WATCH_AFTER_SECONDS, self._begin)

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()
        if kind is asyncio.CancelledError and self._left and self._task is not None and self._task.uncancel() == 0:
            raise CallerLeft from None

    def _begin(self) -> None:
        self._watcher = asyncio.get_running_loop().create_task(self._watch(), name="caller")

    async def _watch(self) -> None:
        while (await self._receive())["type"] != _DISCONNECT:
            pass
        self._left = True
        if self._task is not None:
            self._task.cancel()
