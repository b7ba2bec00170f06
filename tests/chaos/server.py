"""As little of an HTTP server as providers under load need, which misses no request that reached it.

A request counts as received when its last byte is there, even if whoever sent it is gone by then: a framework would
throw it away, and nobody could tell whether it had been sent.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Channel", "Handler", "Received", "serving"]

_BACKLOG = 1_024


@dataclass(frozen=True, slots=True)
class Received:
    """A request; header names in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class Channel:
    """The way back. Every method raises `ConnectionError` when whoever asked is gone."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    async def send_whole(self, status: int, body: bytes, **headers: str) -> None:
        """Answer with JSON that is at hand."""
        head = {"content-type": "application/json", "content-length": str(len(body)), **headers}
        await self._send(_head(status, head) + body)

    async def begin_stream(self) -> None:
        """Begin an answer of events."""
        await self._send(_head(200, {"content-type": "text/event-stream", "transfer-encoding": "chunked"}))

    async def send_piece(self, piece: bytes) -> None:
        """Send a part of it."""
        await self._send(_chunk(piece))

    async def end_stream(self, piece: bytes) -> None:
        """Send the last part, and that it is the last."""
        await self._send(_chunk(piece) + _chunk(b""))

    def abort(self) -> None:
        """Hang up."""
        self._writer.transport.abort()

    async def _send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()
        if self._writer.is_closing():
            raise ConnectionResetError


Handler = Callable[[Received, Channel], Awaitable[None]]


@contextlib.asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """Serve on a free port of this machine for the life of the block; yield the address.

    A handler is cancelled when whoever asked hangs up.
    """
    connections: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(_serve(reader, writer, handler))
        connections.add(task)
        task.add_done_callback(connections.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, backlog=_BACKLOG)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tuple(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await server.wait_closed()


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handler: Handler) -> None:
    """Serve one connection, request by request."""
    begun = b""
    try:
        while True:
            received = await _received(reader, begun)
            answering = asyncio.ensure_future(handler(received, Channel(writer)))
            begun = await _answered(answering, reader)
            if not begun and reader.at_eof():
                return
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def _answered(answering: "asyncio.Future[None]", reader: asyncio.StreamReader) -> bytes:
    """Wait for an answer's end, or cut it off; return what has already come of the next request."""
    more = asyncio.create_task(reader.read(1))
    both: tuple[asyncio.Future[Any], ...] = answering, more
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in both:
            one.cancel()
        await asyncio.wait(both)
    if not answering.cancelled():
        answering.result()
    return b"" if more.cancelled() else more.result()


async def _received(reader: asyncio.StreamReader, begun: bytes) -> Received:
    head = (begun + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(first.split(" ")[1], headers, body)


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} {status}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode()


def _chunk(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece)
