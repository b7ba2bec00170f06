import asyncio
import gzip
import tracemalloc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from socket import AF_INET, AddressFamily

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from tests.support.scripted_upstream import Pause, Reply, ScriptedUpstream
from vutler_router.errors import UpstreamError, UpstreamRejected, UpstreamUnavailable
from vutler_router.providers.addresses import GuardedResolver, check_addresses
from vutler_router.providers.client import HttpTransport
from vutler_router.providers.ports import Timeouts, UpstreamCall
from vutler_router.settings import AllowedEndpoints

NOTHING = AllowedEndpoints()
LOOPBACK = AllowedEndpoints.parse("127.0.0.1")
SHORT = Timeouts(2, 2, 2)
PUBLIC = "93.184.216.34"
PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.192",
    "192.88.99.1",
    "198.18.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "239.1.1.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fd00::1",
    "fd00:ec2::254",
    "ff02::1",
    "ff0e::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::7f00:1",
    "::ffff:0:7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::a00:1",
    "2002:a00:1::",
    "2002:7f00:1::1",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe",
    "127.0.0.1.",
    "0177.0.0.1",
    "no address",
    "",
]
SPELLINGS_OF_THIS_MACHINE = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "2130706433",
    "017700000001",
    "0177.0.0.1",
    "0x7f000001",
    "0x7f.1",
    "0x7F.0.0.1",
    "0x7f.0x0.0x0.0x1",
    "0",
    "0.0.0.0",
    "127.0.0.2",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "localhost。",
    "\uff11\uff12\uff17.0.0.1",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "\u0661\u0662\u0667.\u0660.\u0660.\u0661",
    "%31%32%37.0.0.1",
    "user:password@127.0.0.1",
    "93.184.216.34@127.0.0.1",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::1%25lo]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::127.0.0.1]",
    "xn--zz--",
    "\u200b",
    "a\0b",
]


class Names(AbstractResolver):
    """A name service that gives each of these answers once, and the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.asked = 0
        self._answers = answers

    @override
    async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_INET) -> list[ResolveResult]:
        addresses = self._answers[min(self.asked, len(self._answers) - 1)]
        self.asked += 1
        return [
            ResolveResult(hostname=host, host=address, port=port, family=AF_INET, proto=0, flags=0)
            for address in addresses
        ]

    @override
    async def close(self) -> None:
        pass


def guarded(url: str) -> UpstreamCall:
    return UpstreamCall("custom", url, {"authorization": "Bearer sk-secret"}, b"{}", guarded=True)


@asynccontextmanager
async def transport_that_asks(names: Names, allowed: AllowedEndpoints) -> AsyncIterator[HttpTransport]:
    """Open a transport whose guarded connections are new each time, with names from this service."""
    connector = aiohttp.TCPConnector(resolver=GuardedResolver(allowed, names), force_close=True, ttl_dns_cache=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield HttpTransport(session, session, session, allowed, SHORT)


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_refused(address: str) -> None:
    with pytest.raises(UpstreamRejected, match="ALLOWED_PRIVATE_ENDPOINTS"):
        check_addresses(NOTHING, "models.example", [PUBLIC, address])


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:220:1::1", "64:ff9b::5db8:d822", "::ffff:93.184.216.34"])
def test_a_public_address_passes(address: str) -> None:
    check_addresses(NOTHING, "models.example", [address])


@given(st.ip_addresses(v=4))
def test_an_address_inside_another_is_judged_by_itself(inner: object) -> None:
    def passes(address: str) -> bool:
        try:
            check_addresses(NOTHING, "models.example", [address])
        except UpstreamRejected:
            return False
        return True

    assert passes(f"::ffff:{inner}") == passes(f"64:ff9b::{inner}") == passes(str(inner))


@pytest.mark.parametrize("entry", ["10.0.0.0/8", "10.1.2.3", "ollama.models.svc"])
def test_what_the_platform_allows_passes(entry: str) -> None:
    check_addresses(AllowedEndpoints.parse(entry), "Ollama.models.svc.", ["10.1.2.3", "::ffff:10.1.2.3"])


async def test_a_name_that_leads_to_a_private_address_is_refused_when_it_is_resolved() -> None:
    resolver = GuardedResolver(NOTHING, Names([PUBLIC, "10.0.0.1"]))
    with pytest.raises(UpstreamRejected):
        await resolver.resolve("models.example")


@pytest.mark.parametrize("host", SPELLINGS_OF_THIS_MACHINE)
async def test_no_spelling_of_this_machine_is_reached(host: str) -> None:
    async with ScriptedUpstream.running() as upstream, HttpTransport.opened(NOTHING, SHORT) as transport:
        with pytest.raises(UpstreamError):
            await transport.send(guarded(f"http://{host}:{upstream.port}/v1"))
    assert upstream.received == []


@pytest.mark.parametrize("host", ["localhost", "0x7f.1", "127.0.0.1", "[::1]"])
async def test_what_is_refused_says_what_the_owner_can_do(host: str) -> None:
    async with HttpTransport.opened(NOTHING, SHORT) as transport:
        with pytest.raises(UpstreamRejected, match="ALLOWED_PRIVATE_ENDPOINTS") as refused:
            await transport.send(guarded(f"http://{host}:1/v1"))
    assert (refused.value.code, refused.value.param) == ("endpoint_not_allowed", "custom_endpoint")


async def test_a_host_that_cannot_be_one_is_the_owners_to_correct() -> None:
    async with HttpTransport.opened(NOTHING, SHORT) as transport:
        with pytest.raises(UpstreamRejected, match="Correct custom_endpoint"):
            await transport.send(guarded("http://\u200b/v1"))


@pytest.mark.parametrize("entry", ["127.0.0.0/8", "127.0.0.1", "localhost"])
async def test_what_the_platform_allows_is_reached(entry: str) -> None:
    host = "localhost" if entry == "localhost" else "127.0.0.1"
    async with (
        ScriptedUpstream.running() as upstream,
        HttpTransport.opened(AllowedEndpoints.parse(entry), SHORT) as transport,
    ):
        reply = await transport.send(guarded(f"http://{host}:{upstream.port}/v1"))
        await reply.finish()
    assert (reply.status, len(upstream.received)) == (200, 1)


async def test_a_name_that_changes_between_check_and_connect_gains_nothing() -> None:
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    async with ScriptedUpstream.running() as upstream, transport_that_asks(names, LOOPBACK) as transport:
        url = f"http://models.example:{upstream.port}/v1"
        reply = await transport.send(guarded(url))
        await reply.finish()
        assert (reply.status, names.asked) == (200, 1)
        with pytest.raises(UpstreamRejected):
            await transport.send(guarded(url))
    assert (len(upstream.received), names.asked) == (1, 2)


async def test_a_name_with_a_good_and_a_bad_address_reaches_neither() -> None:
    names = Names(["127.0.0.1", "10.0.0.1"])
    async with ScriptedUpstream.running() as upstream, transport_that_asks(names, LOOPBACK) as transport:
        with pytest.raises(UpstreamRejected):
            await transport.send(guarded(f"http://models.example:{upstream.port}/v1"))
    assert upstream.received == []


async def test_a_name_without_an_address_is_unreachable() -> None:
    async with transport_that_asks(Names([]), NOTHING) as transport:
        with pytest.raises(UpstreamUnavailable) as failed:
            await transport.send(guarded("http://models.example/v1"))
    assert failed.value.code == "upstream_unreachable"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    async with (
        ScriptedUpstream.running() as inner,
        ScriptedUpstream.running(Reply(status=status, headers=[("location", inner.url)])) as outer,
        HttpTransport.opened(LOOPBACK, SHORT) as transport,
    ):
        reply = await transport.send(guarded(outer.url))
        await reply.finish()
    assert reply.status == status
    assert (len(outer.received), inner.received) == (1, [])


@pytest.mark.parametrize(
    "headers",
    [
        [("x-long", "a" * 100_000)],
        [(f"x-{number}", "a") for number in range(1_000)],
        [(f"x-{number}", "a" * 8_000) for number in range(1_000)],
    ],
)
async def test_headers_without_end_are_not_read(headers: list[tuple[str, str]]) -> None:
    async with (
        ScriptedUpstream.running(Reply(headers=headers)) as upstream,
        HttpTransport.opened(LOOPBACK, SHORT) as transport,
    ):
        with pytest.raises(UpstreamUnavailable) as failed:
            await transport.send(guarded(upstream.url))
    assert failed.value.code == "upstream_broken"


async def test_what_is_small_only_while_compressed_stays_within_bounds() -> None:
    packed = gzip.compress(bytes(64 << 20), 9)
    bomb = Reply(pieces=(packed,), headers=[("content-encoding", "gzip"), ("content-type", "application/json")])
    async with ScriptedUpstream.running(bomb) as upstream, HttpTransport.opened(LOOPBACK, SHORT) as transport:
        tracemalloc.start()
        reply = await transport.send(guarded(upstream.url))
        with pytest.raises(UpstreamUnavailable) as failed:
            await reply.whole(1 << 20)
        reply.close()
        reply = await transport.send(guarded(upstream.url))
        start = await reply.start(1 << 16)
        reply.close()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert failed.value.code == "upstream_too_large"
    assert start == bytes(1 << 16)
    assert peak < 16 << 20


async def test_a_body_that_claims_a_compression_it_does_not_have_is_broken() -> None:
    odd = Reply(pieces=(b"hello",), headers=[("content-encoding", "gzip")])
    async with ScriptedUpstream.running(odd) as upstream, HttpTransport.opened(LOOPBACK, SHORT) as transport:
        reply = await transport.send(guarded(upstream.url))
        with pytest.raises(UpstreamUnavailable) as failed:
            await reply.whole(1 << 20)
        reply.close()
    assert failed.value.code == "upstream_broken"


async def test_an_answer_that_is_let_go_of_is_cancelled_at_the_provider() -> None:
    slow = Reply(status=500, pieces=(b"x" * 100, Pause(5), b"x"))
    async with ScriptedUpstream.running(slow) as upstream, HttpTransport.opened(LOOPBACK, SHORT) as transport:
        reply = await transport.send(guarded(upstream.url))
        assert await reply.start(50) == b"x" * 50
        reply.close()
        async with asyncio.timeout(2):
            gone = await upstream.departures.get()
    assert gone == upstream.received[0]
