"""A load generator that costs little: prebuilt request bytes, one read loop, every answer checked."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from typing_extensions import override

__all__ = ["Connection", "Request", "Timing", "measure_alone", "measure_together"]

_BLANK = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Request:
    """One request, encoded once; an answer is right if it is 200 and contains `expected`."""

    host: str
    port: int
    wire: bytes
    expected: bytes
    first: bytes
    """What the first token looks like on the wire."""

    @classmethod
    def post(cls, url: str, token: str, body: bytes, *, expected: bytes, first: bytes) -> "Request":
        """Encode a JSON POST."""
        parts = urlsplit(url)
        host, port = parts.hostname or "127.0.0.1", parts.port or 80
        head = (
            f"POST {parts.path} HTTP/1.1\r\nhost: {host}:{port}\r\nauthorization: Bearer {token}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        return cls(host, port, head.encode() + body, expected, first)


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds until the first token and until the end."""

    first: float
    whole: float


class Connection(asyncio.Protocol):
    """One kept-alive connection that sends one request at a time."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._done: asyncio.Future[None] | None = None
        self._first_mark = b""
        self._first_at = 0.0
        self._transport: asyncio.WriteTransport | None = None

    @classmethod
    async def to(cls, request: Request) -> "Connection":
        """Connect to where the request goes."""
        loop = asyncio.get_running_loop()
        _, protocol = await loop.create_connection(cls, request.host, request.port)
        return protocol

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport to write on."""
        self._transport = cast("asyncio.WriteTransport", transport)

    @override
    def data_received(self, data: bytes) -> None:
        """Note the first token and whether the answer is whole."""
        self._buffer += data
        if not self._first_at and self._first_mark in self._buffer:
            self._first_at = time.perf_counter()
        if self._done is not None and not self._done.done() and _complete(self._buffer):
            self._done.set_result(None)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the request under way."""
        if self._done is not None and not self._done.done():
            self._done.set_exception(exc or ConnectionError("closed before the answer was whole"))

    async def send(self, request: Request) -> Timing:
        """Send it, wait for the whole answer and check it.

        Raises:
            RuntimeError: the answer is not the expected one.
        """
        assert self._transport is not None  # noqa: S101 - `to` has connected
        self._buffer.clear()
        self._first_mark, self._first_at = request.first, 0.0
        self._done = asyncio.get_running_loop().create_future()
        start = time.perf_counter()
        self._transport.write(request.wire)
        await self._done
        end = time.perf_counter()
        if not self._buffer.startswith(b"HTTP/1.1 200") or request.expected not in self._buffer:
            raise RuntimeError(f"unexpected answer: {bytes(self._buffer[:600])!r}")
        return Timing(self._first_at - start, end - start)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


def _complete(buffer: bytearray) -> bool:
    """Whether a whole response has arrived; the last chunk is only looked for at the very end."""
    head = buffer.find(_BLANK)
    if head < 0:
        return False
    fields = bytes(buffer[:head]).lower()
    if b"chunked" in fields:
        return buffer.endswith(b"0\r\n\r\n")
    declared = fields[fields.index(b"content-length:") + 15 :].split(b"\r\n", 1)[0]
    return len(buffer) - head - len(_BLANK) >= int(declared)


async def measure_alone(request: Request, count: int) -> list[Timing]:
    """Send one after the other on one connection."""
    connection = await Connection.to(request)
    timings = [await connection.send(request) for _ in range(count)]
    connection.close()
    return timings


async def measure_together(request: Request, width: int, seconds: float) -> float:
    """Send from `width` connections at once for so long; return answers per second."""
    connections = [await Connection.to(request) for _ in range(width)]
    deadline = time.perf_counter() + seconds

    async def work(connection: Connection) -> int:
        count = 0
        while time.perf_counter() < deadline:
            await connection.send(request)
            count += 1
        connection.close()
        return count

    workers: list[Callable[[Connection], Awaitable[int]]] = [work] * width
    start = time.perf_counter()
    counts = await asyncio.gather(*(run(connection) for run, connection in zip(workers, connections, strict=True)))
    return sum(counts) / (time.perf_counter() - start)
