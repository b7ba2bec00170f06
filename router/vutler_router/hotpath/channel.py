"""The way back to one caller: an answer, a refusal, or a stream that is never silent and never ends as if whole."""

import asyncio
from functools import lru_cache
from typing import Final

from vutler_router.providers.surfaces import Surface
from vutler_router.services.answering.exchange import Exchange, Origin
from vutler_router.services.answering.streamed import StreamedAnswer
from vutler_router.wire.agent_words import fault_for_agent
from vutler_router.wire.asgi import Headers, Send, encoded, send_whole
from vutler_router.wire.faults import Fault
from vutler_router.wire.surface_events import error_body_on, error_event_on, keep_alive_on

__all__ = ["Channel"]

_STREAM: Final[Headers] = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-cache")]
_JSON: Final[Headers] = [(b"content-type", b"application/json")]


class Channel:
    """Knows whether the answer has begun, and so can no longer be a refusal with a status of its own.

    Args:
        surface: What the caller speaks.
        request_id: Goes out with every answer.
        send: The ASGI channel.

    Attributes:
        exchange: The request, once it could be read.
    """

    __slots__ = ("_beat", "_begun", "_last", "_loop", "_over", "_send", "_timer", "exchange", "request_id", "surface")

    def __init__(self, surface: Surface, request_id: str, send: Send) -> None:
        self.surface = surface
        self.request_id = request_id
        self.exchange: Exchange | None = None
        self._send = send
        self._begun = self._over = False
        self._loop = asyncio.get_running_loop()
        self._last = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._beat: asyncio.Task[None] | None = None

    async def send_whole(self, origin: Origin, body: bytes) -> None:
        """Send an answer that is at hand."""
        self._begun = self._over = True
        await send_whole(self._send, 200, self._headers(_JSON, origin), body)

    async def fail(self, fault: Fault) -> None:
        """Send a failure: with its status, or as a stream's last event if the stream has begun."""
        if self._over:
            return
        self._end()
        if self._begun:
            await self._send({"type": "http.response.body", "body": error_event_on(self.surface, fault)})
            return
        attempts = self.exchange.attempts if self.exchange is not None else 0
        headers = [*encoded(fault.headers), *self._id_headers(), (b"x-vutler-attempts", b"%d" % attempts)]
        await send_whole(self._send, fault.status, headers, error_body_on(self.surface, fault))

    async def relay(self, answer: StreamedAnswer) -> None:
        """Pass a stream on as it comes; one that breaks ends in an error event and without the closing mark."""
        try:
            await self._begin(answer.origin)
            send, loop = self._send, self._loop
            while piece := await answer.piece():
                self._last = loop.time()
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            if answer.error is not None:
                await self.fail(fault_for_agent(answer.error))
            else:
                self._end()
                await send({"type": "http.response.body", "body": b""})
        finally:
            self.quiet()
            await answer.close()

    def keep_alive(self, interval: float) -> None:
        """Send a sign of life whenever a stream has been silent for so many seconds, before its first word too.

        From the first sign on the status is out: what fails then is an event of the stream.
        """
        self._last = self._loop.time()
        self._timer = self._loop.call_later(interval, self._tick, interval)

    def quiet(self) -> None:
        """Send no more signs of life."""
        if self._timer is not None:
            self._timer.cancel()
        if self._beat is not None:
            self._beat.cancel()

    def _end(self) -> None:
        self._over = True
        self.quiet()

    def _tick(self, interval: float) -> None:
        due = self._last + interval - self._loop.time()
        if due <= 0:
            self._last, due = self._loop.time(), interval
            self._beat = self._loop.create_task(self._live(), name="keep-alive")
        self._timer = self._loop.call_later(due, self._tick, interval)

    async def _live(self) -> None:
        await self._begin(None)
        if not self._over:
            await self._send({"type": "http.response.body", "body": keep_alive_on(self.surface), "more_body": True})

    async def _begin(self, origin: Origin | None) -> None:
        if self._begun:
            return
        self._begun = True
        headers = self._headers(_STREAM, origin) if origin is not None else [*_STREAM, *self._id_headers()]
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})

    def _headers(self, kind: Headers, origin: Origin) -> Headers:
        return [
            *kind,
            *self._id_headers(),
            *_origin_headers(origin),
        ]

    def _id_headers(self) -> Headers:
        """Name the request where clients look: Anthropic's read a header of their own."""
        name = self.request_id.encode()
        more = [(b"request-id", name)] if self.surface is Surface.MESSAGES else []
        return [(b"x-request-id", name), *more]


@lru_cache(maxsize=1_024)
def _origin_headers(origin: Origin) -> Headers:
    """Encode who answered; there are few different answers to that."""
    return [
        (b"x-vutler-provider", origin.provider.encode()),
        (b"x-vutler-model", origin.model.encode("ascii", "replace")),
        (b"x-vutler-category", origin.category.encode("ascii", "replace")),
        (b"x-vutler-attempts", b"%d" % origin.attempts),
    ]
