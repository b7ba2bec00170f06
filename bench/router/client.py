"""A load generator that costs little: prebuilt bytes, no task and no future per request, every answer checked."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, cast

from typing_extensions import override

from bench.router.answers import Answer, Expected
from bench.router.errors import WrongAnswerError

__all__ = ["Connection", "Load", "Request", "Run", "drive"]

_SHOWN: Final = 600
"""Bytes of a wrong answer that are shown."""

_ANSWER_SECONDS: Final = 60.0
"""How long the last answers of a run may take."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request, encoded once, and what its answer must be.

    Attributes:
        host: Where to connect.
        port: Where to connect.
        wire: Head and body.
        expected: What the answer must hold.
        first: What the first token looks like on the wire.
    """

    host: str
    port: int
    wire: bytes
    expected: Expected
    first: bytes


@dataclass(slots=True)
class Run:
    """What a run measured, in seconds; `firsts` and `wholes` have one entry per answer."""

    firsts: list[float] = field(default_factory=list)
    wholes: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.wholes) / self.seconds


class Connection(asyncio.Protocol):
    """One kept-alive connection that asks one thing at a time.

    Args:
        answered: Called after each right answer with the seconds until its first token and its end.
        failed: Called with what went wrong, at most once per question.
    """

    __slots__ = ("_answer", "_answered", "_failed", "_first_at", "_request", "_start", "_transport")

    def __init__(
        self, answered: Callable[["Connection", float, float], None], failed: Callable[[Exception], None]
    ) -> None:
        self._answer = Answer()
        self._answered = answered
        self._failed = failed
        self._first_at = 0.0
        self._request: Request | None = None
        self._start = 0.0
        self._transport: asyncio.WriteTransport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport to write on."""
        self._transport = cast("asyncio.WriteTransport", transport)

    def ask(self, request: Request) -> None:
        """Send a request."""
        assert self._transport is not None  # noqa: S101 - whoever made the connection has waited for it
        if self._transport.is_closing():
            self._failed(WrongAnswerError(f"{request.host}:{request.port} hung up between two answers"))
            return
        self._answer.clear()
        self._request, self._first_at = request, 0.0
        self._start = time.perf_counter()
        self._transport.write(request.wire)

    @override
    def data_received(self, data: bytes) -> None:
        """Note the first token, and check the answer when it is whole."""
        request, answer = self._request, self._answer
        if request is None:
            return
        whole = answer.take(data)
        if not self._first_at and request.first in answer.received:
            self._first_at = time.perf_counter()
        if whole:
            self._finish(request, time.perf_counter())

    def _finish(self, request: Request, end: float) -> None:
        self._request = None
        received = bytes(self._answer.received)
        if request.expected.fits(received):
            self._answered(self, (self._first_at or end) - self._start, end - self._start)
        else:
            self._failed(WrongAnswerError(f"{request.host}:{request.port} answered wrongly: {received[:_SHOWN]!r}"))

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the request under way."""
        request, self._request = self._request, None
        if request is not None:
            self._failed(WrongAnswerError(f"{request.host}:{request.port} hung up before its answer was whole"))

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


@dataclass(frozen=True, slots=True)
class Load:
    """How much is asked.

    Attributes:
        width: From how many connections at once.
        seconds: For how long.
        most: How many questions at the most.
        stagger: Seconds between the first questions of two connections.
    """

    width: int
    seconds: float
    most: float = float("inf")
    stagger: float = 0.0


class _Driver:
    """Keeps every connection of a run busy until the run is over."""

    def __init__(self, request: Request, load: Load) -> None:
        self._request = request
        self._load = load
        self._left = load.most
        self._busy = 0
        self._deadline = 0.0
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._run = Run()

    async def run(self, connections: list[Connection]) -> Run:
        """Ask until the time is over or enough was asked, and wait for the last answers."""
        loop = asyncio.get_running_loop()
        start = time.perf_counter()
        self._deadline = start + self._load.seconds
        self._busy = len(connections)
        for number, connection in enumerate(connections):
            loop.call_later(number * self._load.stagger, self._next, connection)
        await self._over
        self._run.seconds = time.perf_counter() - start
        return self._run

    def _next(self, connection: Connection) -> None:
        """Ask again, or let the connection rest for good."""
        if self._left > 0 and time.perf_counter() < self._deadline:
            self._left -= 1
            connection.ask(self._request)
            return
        self._busy -= 1
        if not self._busy and not self._over.done():
            self._over.set_result(None)

    def answered(self, connection: Connection, first: float, whole: float) -> None:
        """Count an answer and ask again."""
        self._run.firsts.append(first)
        self._run.wholes.append(whole)
        self._next(connection)

    def failed(self, error: Exception) -> None:
        """End the run: what is answered wrongly is not worth measuring."""
        if not self._over.done():
            self._over.set_exception(error)


async def drive(request: Request, load: Load) -> Run:
    """Put a load on whoever answers this request.

    Raises:
        WrongAnswerError: An answer was not the expected one.
        TimeoutError: The last answers did not come.
    """
    loop = asyncio.get_running_loop()
    connections: list[Connection] = []
    try:
        async with asyncio.timeout(load.seconds + _ANSWER_SECONDS):
            driver = _Driver(request, load)
            for _ in range(load.width):
                _, connection = await loop.create_connection(
                    lambda: Connection(driver.answered, driver.failed), request.host, request.port
                )
                connections.append(connection)
            return await driver.run(connections)
    finally:
        for connection in connections:
            connection.close()
