"""A model provider that costs little: prebuilt bytes from one protocol class.

Run as a program, it listens on a loopback port::

    python -m bench.router.upstream --port 8123
"""

import argparse
import asyncio
from typing import Final, cast

import uvloop
from typing_extensions import override

from bench.router.workload import ASKS_FOR_PACE, ASKS_FOR_STREAM, events, whole

__all__ = ["PACE_SECONDS", "Upstream"]

PACE_SECONDS: Final = 0.01
"""Between the events of a paced stream: a hundred tokens per second, as a fast model gives."""

_BLANK: Final = b"\r\n\r\n"


def _plain(status: bytes, body: bytes) -> bytes:
    head = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d" % (status, len(body))
    return head + _BLANK + body


def _framed(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece)


_HEAD: Final = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n"
)
_PIECES: Final = [_framed(event) for event in events()]
_END: Final = b"0\r\n\r\n"

_JSON: Final = _plain(b"200 OK", whole())
_BURST: Final = _HEAD + b"".join(_PIECES) + _END
_PACED: Final = (_HEAD + _PIECES[0] + _PIECES[1], *_PIECES[2:-1], _PIECES[-1] + _END)
_NO_LENGTH: Final = _plain(b"411 Length Required", b'{"error":{"message":"send a content-length","type":"bench"}}')


class Upstream(asyncio.Protocol):
    """One connection; requests come one after the other, with a length."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._needed = 0
        self._transport: asyncio.WriteTransport | None = None
        self._timer: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport to write on."""
        self._transport = cast("asyncio.WriteTransport", transport)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Stop a stream whose reader is gone."""
        if self._timer is not None:
            self._timer.cancel()

    @override
    def data_received(self, data: bytes) -> None:
        """Answer when the request is whole."""
        received = self._received
        received += data
        if not self._needed:
            self._needed = _length(received)
        if self._needed and len(received) >= self._needed:
            request = bytes(received)
            received.clear()
            self._needed = 0
            self._answer(request)

    def _answer(self, request: bytes) -> None:
        assert self._transport is not None  # noqa: S101 - data comes after the connection
        if b"chunked" in request.partition(_BLANK)[0].lower():
            self._transport.write(_NO_LENGTH)
            self._transport.close()
        elif not any(mark in request for mark in ASKS_FOR_STREAM):
            self._transport.write(_JSON)
        elif ASKS_FOR_PACE in request:
            self._tell(0)
        else:
            self._transport.write(_BURST)

    def _tell(self, number: int) -> None:
        """Write one piece of a paced stream and come back for the next."""
        assert self._transport is not None  # noqa: S101 - data comes after the connection
        self._transport.write(_PACED[number])
        if number + 1 < len(_PACED):
            self._timer = asyncio.get_running_loop().call_later(PACE_SECONDS, self._tell, number + 1)


def _length(received: bytearray) -> int:
    """Return the bytes of the whole request, or 0 while its head is incomplete."""
    head = received.find(_BLANK)
    if head < 0:
        return 0
    _, _, rest = bytes(received[:head]).lower().partition(b"\r\ncontent-length:")
    return head + len(_BLANK) + int(rest.partition(b"\r\n")[0] or 0)


async def _main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Serve prebuilt chat completions on a loopback port.")
    parser.add_argument("--port", type=int, required=True)
    uvloop.run(_main(parser.parse_args().port))
