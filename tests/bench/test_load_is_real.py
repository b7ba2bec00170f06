import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from typing_extensions import override

from bench.router.answers import Expected
from bench.router.client import Load, drive
from bench.router.errors import WrongAnswerError
from bench.router.upstream import PACE_SECONDS, Upstream
from bench.router.workload import Address, Kind, build_request


@pytest.fixture
async def address() -> AsyncIterator[Address]:
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", 0)
    async with server:
        yield Address(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", {"authorization": "Bearer x"})


@pytest.mark.parametrize("kind", [Kind.JSON, Kind.STREAM, Kind.LARGE])
async def test_as_many_are_asked_as_wanted_and_each_answer_is_right(kind: Kind, address: Address) -> None:
    run = await drive(build_request(kind, address), Load(width=3, seconds=20, most=10))

    assert (len(run.firsts), len(run.wholes)) == (10, 10)
    assert all(0 < first <= whole for first, whole in zip(run.firsts, run.wholes, strict=True))


async def test_the_first_word_of_a_paced_stream_comes_long_before_its_end(address: Address) -> None:
    run = await drive(build_request(Kind.PACED, address), Load(width=1, seconds=20, most=1))

    assert run.firsts[0] < PACE_SECONDS * 5
    assert run.wholes[0] > PACE_SECONDS * 15


async def test_a_run_ends_with_its_time(address: Address) -> None:
    run = await drive(build_request(Kind.JSON, address), Load(width=2, seconds=0.2))

    assert 0.2 <= run.seconds < 5
    assert run.rate == pytest.approx(len(run.wholes) / run.seconds)


async def test_a_wrong_answer_ends_the_run(address: Address) -> None:
    request = replace(build_request(Kind.JSON, address), expected=Expected((b"never said",), b"quill", 20))

    with pytest.raises(WrongAnswerError, match=r"answered wrongly: b'HTTP/1\.1 200 OK"):
        await drive(request, Load(width=2, seconds=20))


async def test_a_server_that_hangs_up_ends_the_run() -> None:
    class Rude(asyncio.Protocol):
        @override
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            transport.close()

    server = await asyncio.get_running_loop().create_server(Rude, "127.0.0.1", 0)
    async with server:
        address = Address(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", {})
        with pytest.raises(WrongAnswerError, match="hung up"):
            await drive(build_request(Kind.JSON, address), Load(width=1, seconds=20))


async def test_a_request_without_a_length_is_refused_by_the_upstream(address: Address) -> None:
    request = build_request(Kind.JSON, address)
    wire = request.wire.replace(b"content-length: ", b"transfer-encoding: chunked\r\nx: ")

    with pytest.raises(WrongAnswerError, match="411 Length Required"):
        await drive(replace(request, wire=wire), Load(width=1, seconds=20, most=1))
