"""Which addresses a custom endpoint may reach: public ones, and private ones that the platform allowed.

Names are resolved here and the connection goes to exactly the addresses that were checked, so a name that changes
between check and connect gains nothing.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from socket import AddressFamily
from typing import Final

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult
from typing_extensions import override
from yarl import URL

from vutler_router.errors import UpstreamRejected
from vutler_router.settings import AllowedEndpoints

__all__ = ["GuardedResolver", "check_addresses", "is_address", "parsed_url"]

_NAT64: Final = ip_network("64:ff9b::/96")
"""IPv6 addresses whose last four bytes are an IPv4 address (RFC 6052)."""

_UNICAST: Final = ip_network("2000::/3")
"""All of IPv6 that is handed out for the internet (IANA, "IPv6 Address Space"); what lies outside leads elsewhere."""

_SPECIAL: Final = (
    ip_network("192.0.0.0/24"),  # protocol assignments (RFC 6890)
    ip_network("192.88.99.0/24"),  # anycast of 6to4 relays (RFC 7526)
    ip_network("2001::/32"),  # Teredo: an IPv4 address behind somebody's relay (RFC 4380)
    ip_network("3fff::/20"),  # documentation (RFC 9637)
)
"""Ranges that `is_global` of the Python versions in use lets pass, wholly or in part."""


def parsed_url(url: str) -> URL:
    """Return an endpoint's URL as the client reads it.

    Raises:
        UpstreamRejected: it is none: its host cannot be a name.
    """
    try:
        return URL(url)
    except ValueError:
        raise UpstreamRejected(
            "The endpoint's host is no name and no address. Correct custom_endpoint.",
            provider="custom",
            code="endpoint_malformed",
            param="custom_endpoint",
        ) from None


def is_address(host: str) -> bool:
    """Whether a URL's host is an address in any spelling that a client might connect to without resolving a name."""
    return ":" in host or host.replace(".", "").isdigit()


def check_addresses(allowed: AllowedEndpoints, host: str, addresses: Sequence[str]) -> None:
    """Refuse a host if any address it stands for may not be reached.

    Raises:
        UpstreamRejected: naming the host and what the platform's owner can do.
    """
    if allowed.allows_host(host) or all(_reachable(allowed, address) for address in addresses):
        return
    raise UpstreamRejected(
        f"The endpoint's host {host} is, or resolves to, an address that is not public. "
        f"The platform can allow it with ALLOWED_PRIVATE_ENDPOINTS.",
        provider="custom",
        code="endpoint_not_allowed",
        param="custom_endpoint",
    )


def _reachable(allowed: AllowedEndpoints, literal: str) -> bool:
    try:
        address = _embedded(ip_address(literal.partition("%")[0]))
    except ValueError:
        return False
    return allowed.allows_address(address) or _is_public(address)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return False
    special = any(address in network for network in _SPECIAL)
    return address.is_global and not address.is_multicast and not special


def _embedded(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address inside an IPv6 one (mapped, 6to4, NAT64), else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or address


class GuardedResolver(AbstractResolver):
    """Resolve names for custom endpoints and refuse those that lead to a private address."""

    def __init__(self, allowed: AllowedEndpoints, resolver: AbstractResolver | None = None) -> None:
        self._allowed = allowed
        self._resolver = resolver or ThreadedResolver()

    @override
    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if not found:
            raise OSError(f"{host} has no address")
        check_addresses(self._allowed, host, [result["host"] for result in found])
        return found

    @override
    async def close(self) -> None:
        await self._resolver.close()
