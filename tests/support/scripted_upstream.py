"""An OpenAI-compatible server on a loopback socket whose every byte the test decides.

A test queues `Reply` scripts; each request takes the next one (the last stays). What the server received is kept for
assertions. Tests that share a server have a `line` of it each: what is asked for their model. Run as a program it
serves one script for ever, which is what the benchmark measures against::

    python -m tests.support.scripted_upstream --port 0 --events 20
"""

import argparse
import asyncio
import contextlib
import json
import sys
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import uvloop

END_OF_HEAD = b"\r\n\r\n"
_MOMENT = 0.05
"""Seconds."""

USAGE = {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14}


@dataclass(frozen=True)
class Pause:
    """Wait this many seconds before the next piece."""

    seconds: float


@dataclass(frozen=True)
class Cut:
    """Close the connection here, without the end that HTTP asks for."""


@dataclass(frozen=True)
class Hold:
    """Send nothing more until the caller goes away."""


@dataclass(frozen=True)
class Reply:
    """One scripted answer: status, headers and body pieces, each written to the socket by itself.

    Attributes:
        before: What happens before the status line is written.
        closes: Whether the connection is closed after the answer, without having said so.
        after: Bytes that nobody asked for, a moment behind the answer.
    """

    status: int = 200
    pieces: Sequence[bytes | Pause | Cut | Hold] = ()
    headers: Sequence[tuple[str, str]] = (("content-type", "application/json"),)
    chunked: bool = False
    before: Sequence[Pause | Cut | Hold] = ()
    closes: bool = False
    after: bytes = b""


@dataclass(frozen=True)
class Received:
    """One request as it arrived.

    Attributes:
        headers: With lower-case names.
        at: When it was whole, in seconds of the loop's clock.
        connection: Counts the server's connections, so that one used twice can be told.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float = 0.0
    connection: int = 0

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


def answer(content: str = "Hello there", *, usage: dict[str, Any] | None = None, **extra: Any) -> Reply:
    """Build a plain (not streamed) chat completion."""
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "scripted-1",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}],
        "usage": USAGE if usage is None else usage,
        **extra,
    }
    return Reply(pieces=(json.dumps(body).encode(),))


def failure(status: int, message: str = "scripted failure", **headers: str) -> Reply:
    """Build an error answer in OpenAI's shape; keyword `retry_after="2"` becomes a header."""
    body = json.dumps({"error": {"message": message, "type": "scripted", "code": None, "param": None}})
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Reply(status=status, pieces=(body.encode(),), headers=[("content-type", "application/json"), *named])


def event(payload: dict[str, Any] | str, newline: str = "\n") -> bytes:
    """Encode one server-sent event."""
    data = payload if isinstance(payload, str) else json.dumps(payload)
    return f"data: {data}{newline}{newline}".encode()


def delta(content: str | None = None, *, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """Build one streamed chunk; without content it is the opening chunk that only names the role."""
    change: dict[str, Any] = {"role": "assistant"} if content is None and finish is None else {}
    if content is not None:
        change["content"] = content
    choices = [{"index": 0, "delta": change, "finish_reason": finish}]
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "scripted-1"} | {
        "choices": choices,
        **more,
    }


def usage_chunk(usage: dict[str, Any] | None = None) -> dict[str, Any]:
    """Build the chunk that carries only the token counts."""
    return delta() | {"choices": [], "usage": USAGE if usage is None else usage}


def stream(*pieces: bytes | Pause | Cut | Hold) -> Reply:
    """Build a streamed answer out of raw pieces."""
    return Reply(pieces=pieces, headers=[("content-type", "text/event-stream; charset=utf-8")], chunked=True)


def told(words: Sequence[str], *, usage: bool = True, newline: str = "\n") -> list[bytes]:
    """Return the events of a whole, well-behaved stream that says these words."""
    events = [event(delta(), newline), *(event(delta(word), newline) for word in words)]
    events.append(event(delta(finish="stop"), newline))
    if usage:
        events.append(event(usage_chunk(), newline))
    return [*events, event("[DONE]", newline)]


@dataclass(repr=False)
class ScriptedUpstream:
    """The server; `async with ScriptedUpstream.running() as upstream` starts and stops it."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    departures: asyncio.Queue[Received] = field(default_factory=asyncio.Queue)
    """Requests whose caller went away before the script ended."""
    keep_requests: bool = True
    once_per_connection: bool = False
    """Whether connections that served a request before are cut when one of its own arrives on them."""
    _script: deque[Reply] = field(default_factory=lambda: deque([answer()]))
    _streamed: Reply | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _lines: dict[str, "ScriptedUpstream"] = field(default_factory=dict)
    _connections: int = 0

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls, *replies: Reply, port: int = 0) -> AsyncIterator[Self]:
        """Serve on a loopback port until the block ends."""
        upstream = cls()
        if replies:
            upstream.play(*replies)
        server = await asyncio.start_server(upstream._serve, "127.0.0.1", port)
        upstream.port = server.sockets[0].getsockname()[1]
        try:
            yield upstream
        finally:
            server.close()
            for writer in upstream._open:
                writer.transport.abort()

    @property
    def url(self) -> str:
        """The base URL that ends before the dialect's path."""
        return f"http://127.0.0.1:{self.port}/v1"

    def play(self, *replies: Reply, streamed: Reply | None = None) -> None:
        """Answer with these from now on, the last one for ever; `streamed` answers all that ask for a stream."""
        self._script = deque(replies)
        self._streamed = streamed

    def line(self, model: str) -> "ScriptedUpstream":
        """Return what answers requests for this model from now on: scripts and requests of its own, the same port."""
        return self._lines.setdefault(model, ScriptedUpstream(self.port))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        self._connections += 1
        number, served = self._connections, 0
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while (request := await _read_request(reader, number)) is not None:
                line = self._line_of(request)
                if line.once_per_connection and served:
                    writer.transport.abort()
                    break
                served += 1
                if self.keep_requests:
                    line.received.append(request)
                if not await line._play(line._next_reply(request), request, reader, writer):
                    break
        self._open.discard(writer)
        writer.close()

    def _line_of(self, request: Received) -> "ScriptedUpstream":
        if not self._lines or not request.body:
            return self
        return self._lines.get(request.json.get("model"), self)

    def _next_reply(self, request: Received) -> Reply:
        if self._streamed is not None and b'"stream":true' in request.body.replace(b" ", b""):
            return self._streamed
        return self._script.popleft() if len(self._script) > 1 else self._script[0]

    async def _play(
        self, reply: Reply, request: Received, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Write the reply; return whether the connection may be used again."""
        for piece in (*reply.before, _Head(), *reply.pieces):
            match piece:
                case _Head():
                    writer.write(_head(reply))
                case bytes():
                    writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if reply.chunked else piece)
                    await writer.drain()
                case Cut():
                    writer.transport.abort()
                    return False
                case Pause(seconds):
                    if await _gone(reader, seconds):
                        self.departures.put_nowait(request)
                        return False
                case Hold():
                    await _gone(reader, None)
                    self.departures.put_nowait(request)
                    return False
        if reply.chunked:
            writer.write(b"0\r\n\r\n")
        await writer.drain()
        if reply.after:
            await asyncio.sleep(_MOMENT)
            writer.write(reply.after)
            await writer.drain()
        return not reply.closes


@dataclass(frozen=True)
class _Head:
    """Write status line and headers here."""


def _head(reply: Reply) -> bytes:
    """Encode the status line and headers; the length counts every byte the script holds, sent or not."""
    length = sum(len(piece) if isinstance(piece, bytes) else isinstance(piece, Cut | Hold) for piece in reply.pieces)
    framing = ("transfer-encoding", "chunked") if reply.chunked else ("content-length", str(length))
    lines = [f"HTTP/1.1 {reply.status} Scripted", *(f"{name}: {value}" for name, value in [*reply.headers, framing])]
    return "\r\n".join(lines).encode() + END_OF_HEAD


async def _gone(reader: asyncio.StreamReader, seconds: float | None) -> bool:
    """Wait; return True as soon as the caller closed its side."""
    try:
        async with asyncio.timeout(seconds):
            return await reader.read(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


async def _read_request(reader: asyncio.StreamReader, connection: int) -> Received | None:
    try:
        head = await reader.readuntil(END_OF_HEAD)
    except asyncio.IncompleteReadError:
        return None
    request_line, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    method, path, _ = request_line.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if headers.get("transfer-encoding") == "chunked":
        body = await _read_chunks(reader)
    else:
        body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Received(method, path, headers, body, asyncio.get_running_loop().time(), connection)


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while size := int(await reader.readline(), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readline()
    return bytes(body)


async def _main(port: int, events: int) -> None:
    words = [f"word{number} " for number in range(events)]
    async with ScriptedUpstream.running(port=port) as upstream:
        upstream.keep_requests = False
        upstream.play(answer(" ".join(words)), streamed=stream(*told(words)))
        sys.stdout.write(f"{upstream.port}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Serve scripted chat completions on a loopback port.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--events", type=int, default=20, help="content events per streamed answer")
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(_main(arguments.port, arguments.events))
