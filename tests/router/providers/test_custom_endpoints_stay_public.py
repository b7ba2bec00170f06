from socket import AF_INET, AddressFamily

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from typing_extensions import override

from tests.support.scripted_upstream import Reply, ScriptedUpstream
from vutler_router.errors import UpstreamError, UpstreamRejected
from vutler_router.providers.addresses import GuardedResolver, check_addresses
from vutler_router.providers.client import HttpTransport
from vutler_router.providers.ports import Timeouts, UpstreamCall
from vutler_router.settings import AllowedEndpoints

NOTHING = AllowedEndpoints()
PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::",
    "fe80::1%eth0",
]


class Names(AbstractResolver):
    """A name service with one name."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    @override
    async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_INET) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=AF_INET, proto=0, flags=0)
            for address in self._addresses
        ]

    @override
    async def close(self) -> None:
        pass


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_refused(address: str) -> None:
    with pytest.raises(UpstreamRejected, match="ALLOWED_PRIVATE_ENDPOINTS"):
        check_addresses(NOTHING, "models.example", ["93.184.216.34", address])


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1"])
def test_a_public_address_passes(address: str) -> None:
    check_addresses(NOTHING, "models.example", [address])


@pytest.mark.parametrize("entry", ["10.0.0.0/8", "10.1.2.3", "ollama.models.svc"])
def test_what_the_platform_allows_passes(entry: str) -> None:
    check_addresses(AllowedEndpoints.parse(entry), "Ollama.models.svc.", ["10.1.2.3"])


async def test_a_name_that_leads_to_a_private_address_is_refused_when_it_is_resolved() -> None:
    resolver = GuardedResolver(NOTHING, Names("93.184.216.34", "10.0.0.1"))
    with pytest.raises(UpstreamRejected):
        await resolver.resolve("models.example")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]"]
)
async def test_no_spelling_of_this_machine_is_reached(host: str) -> None:
    async with (
        ScriptedUpstream.running() as upstream,
        HttpTransport.opened(NOTHING, Timeouts(2, 2, 2)) as transport,
    ):
        call = UpstreamCall("custom", f"http://{host}:{upstream.port}/v1", {}, b"{}", guarded=True)
        with pytest.raises(UpstreamError):
            await transport.send(call)
    assert upstream.received == []


async def test_a_redirect_is_not_followed() -> None:
    async with (
        ScriptedUpstream.running() as inner,
        ScriptedUpstream.running(Reply(status=307, headers=[("location", inner.url)])) as outer,
        HttpTransport.opened(AllowedEndpoints.parse("127.0.0.1"), Timeouts(2, 2, 2)) as transport,
    ):
        reply = await transport.send(UpstreamCall("custom", outer.url, {}, b"{}", guarded=True))
        await reply.finish()
    assert reply.status == 307
    assert inner.received == []
