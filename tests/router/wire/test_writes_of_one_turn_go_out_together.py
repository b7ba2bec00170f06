import asyncio

from typing_extensions import override

from vutler_router.wire.corked import CorkedTransport


class Wire(asyncio.Transport):
    """Keeps what is written, each write by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closed = False

    @override
    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(bytes(data))

    @override
    def close(self) -> None:
        self.closed = True


async def a_turn() -> None:
    await asyncio.sleep(0)


async def test_head_and_body_are_one_write() -> None:
    wire = Wire()
    corked = CorkedTransport(wire, asyncio.get_running_loop())
    corked.write(b"head")
    corked.write(b"body")
    assert wire.writes == []
    await a_turn()
    assert wire.writes == [b"headbody"]


async def test_what_is_written_later_goes_out_later() -> None:
    wire = Wire()
    corked = CorkedTransport(wire, asyncio.get_running_loop())
    corked.write(b"first")
    await a_turn()
    corked.write(b"second")
    await a_turn()
    assert wire.writes == [b"first", b"second"]


async def test_a_large_write_goes_out_at_once_behind_what_waits() -> None:
    wire = Wire()
    corked = CorkedTransport(wire, asyncio.get_running_loop())
    corked.write(b"head")
    corked.write(b"x" * (1 << 16))
    assert b"".join(wire.writes) == b"head" + b"x" * (1 << 16)
    await a_turn()
    assert len(wire.writes) == 1


async def test_nothing_that_waits_is_lost_when_the_connection_closes() -> None:
    wire = Wire()
    corked = CorkedTransport(wire, asyncio.get_running_loop())
    corked.write(b"last words")
    corked.close()
    assert (wire.writes, wire.closed) == ([b"last words"], True)
