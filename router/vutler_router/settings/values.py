"""Parsers for single variables: text in, value out, `ValueError` with the remedy otherwise.

No message repeats the text it was given: it may be a secret.
"""

import base64
import binascii
import itertools
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from vutler_router.settings.names import MANAGEABLE

__all__ = [
    "MASTER_KEY_BYTES",
    "AllowedEndpoints",
    "check_http_url",
    "check_managed_model",
    "check_networks",
    "decode_master_key",
    "decode_webhook_secret",
    "split_list",
]

MASTER_KEY_BYTES: Final = 32
"""AES-256."""

_FEWEST_DISTINCT_BYTES: Final = 16
"""32 random bytes have fewer distinct values than this once in 10^12 keys; typed or repeated patterns nearly always."""

_HIGH_BIT: Final = 0x80

_WEBHOOK_PREFIX: Final = "whsec_"
_WEBHOOK_BYTES: Final = range(24, 65)
"""Sizes of a signing secret (Standard Webhooks 1.0.0, "Signature scheme")."""

_WEBHOOK_TEXT: Final = 16
"""The fewest characters of a secret in plain text."""


@dataclass(frozen=True, slots=True)
class AllowedEndpoints:
    """Private hosts and networks that a custom endpoint may point at.

    Attributes:
        hosts: Names as they are written in an endpoint, in lower case.
        networks: Address ranges; a single address is a range of one.
    """

    hosts: frozenset[str] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "AllowedEndpoints":
        """Read a comma-separated list of host names, addresses and CIDRs.

        Raises:
            ValueError: An entry is none of the three.
        """
        hosts: set[str] = set()
        networks: list[IPv4Network | IPv6Network] = []
        for entry in split_list(text):
            if _looks_like_network(entry):
                networks.append(ip_network(entry, strict=True))
            elif _is_host_name(entry):
                hosts.add(entry.lower().rstrip("."))
            else:
                raise ValueError(
                    "must be a comma-separated list of host names, addresses or CIDRs (no scheme, no port)"
                )
        return cls(frozenset(hosts), tuple(networks))

    def allows_address(self, address: IPv4Address | IPv6Address | str) -> bool:
        """Say whether this very address is allowed."""
        parsed = ip_address(address)
        return any(parsed in network for network in self.networks)

    def allows_host(self, host: str) -> bool:
        """Say whether this name is allowed whatever it resolves to."""
        return host.lower().rstrip(".") in self.hosts


def split_list(text: str) -> tuple[str, ...]:
    """Split a comma-separated list, dropping blanks around and between entries."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def check_http_url(text: str) -> str:
    """Return a base URL without its trailing slash.

    Raises:
        ValueError: It is no http(s) URL, or carries credentials, a query or a fragment.
    """
    parts = urlsplit(text.strip())
    try:
        port_ok = parts.port is None or parts.port > 0
    except ValueError:
        port_ok = False
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_ok:
        raise ValueError("must be a URL such as https://host:port/v1")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("must be a plain base URL, without user name, query or fragment")
    return text.strip().rstrip("/")


def check_networks(value: object) -> object:
    """Return the networks of a comma-separated list; a single address is a network of one.

    Raises:
        ValueError: An entry is neither an address nor a CIDR.
    """
    if not isinstance(value, str):
        return value
    try:
        return tuple(ip_network(entry, strict=True) for entry in split_list(value))
    except ValueError:
        raise ValueError("must be a comma-separated list of addresses or CIDRs such as 10.42.0.0/16") from None


def check_managed_model(text: str) -> str:
    """Return the name of a model that the platform can hold a key for; it may hold further slashes.

    Raises:
        ValueError: It is not written provider/model.
    """
    provider, _, model = text.strip().partition("/")
    if provider not in MANAGEABLE or not model.strip("/ ") or any(map(str.isspace, model)):
        known = ", ".join(sorted(MANAGEABLE))
        raise ValueError(f"must be written provider/model, with one of the providers {known}")
    return f"{provider}/{model}"


def decode_master_key(text: str) -> bytes:
    """Decode one AES-256 master key and refuse what nobody would call random.

    Raises:
        ValueError: Not base64 of 32 bytes, or a repeated, sequential or typed pattern.
    """
    remedy = "make one with: openssl rand -base64 32"
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"must be base64 of 32 random bytes ({remedy})") from None
    if len(key) != MASTER_KEY_BYTES:
        raise ValueError(f"must be base64 of exactly 32 bytes, this one has {len(key)} ({remedy})")
    if _is_weak(key):
        raise ValueError(f"is too weak: a pattern or typed text, not 32 random bytes ({remedy})")
    return key


def decode_webhook_secret(text: str) -> bytes:
    """Return the key that signs webhooks: base64 behind `whsec_`, or else the text itself.

    Raises:
        ValueError: It is too short to keep anybody from forging, or no base64.
    """
    remedy = 'make one with: echo "whsec_$(openssl rand -base64 32)"'
    if not text.startswith(_WEBHOOK_PREFIX):
        if len(text) < _WEBHOOK_TEXT:
            raise ValueError(f"must have at least {_WEBHOOK_TEXT} characters ({remedy})")
        return text.encode()
    try:
        key = base64.b64decode(text.removeprefix(_WEBHOOK_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"must be base64 behind {_WEBHOOK_PREFIX} ({remedy})") from None
    if len(key) not in _WEBHOOK_BYTES:
        raise ValueError(f"must be base64 of 24 to 64 bytes behind {_WEBHOOK_PREFIX} ({remedy})")
    return key


def _is_weak(key: bytes) -> bool:
    """Recognise repeated bytes, typed text and constant steps (0, 1, 2, …)."""
    if len(set(key)) < _FEWEST_DISTINCT_BYTES:
        return True
    if all(byte < _HIGH_BIT for byte in key):
        return True  # text; random bytes do this once in 2^32 keys
    steps = {(after - before) % 256 for before, after in itertools.pairwise(key)}
    return len(steps) < _FEWEST_DISTINCT_BYTES // 2


def _looks_like_network(entry: str) -> bool:
    try:
        ip_network(entry, strict=True)
    except ValueError:
        return False
    return True


def _is_host_name(entry: str) -> bool:
    labels = entry.rstrip(".").split(".")
    plain = all(label and label.replace("-", "").isalnum() and label.isascii() for label in labels)
    return plain and not labels[-1].isdigit()
