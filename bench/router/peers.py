"""Which other gateways can be measured beside the router, in which version."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bench.router.errors import BenchError

__all__ = ["Peer", "PeerName", "parse_peers"]


class PeerName(StrEnum):
    """The peers that the benchmark can install and run."""

    LITELLM = "litellm"
    PORTKEY = "portkey"


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer in one exact version."""

    name: PeerName
    version: str


_PINNED: Final = {PeerName.LITELLM: "1.106.12", PeerName.PORTKEY: "1.15.2"}
"""The newest that their registries could install in November 2026: LiteLLM's later ones ask for parts not there."""

_STOLEN: Final = "it was published by a thief of the maintainer's account and sends off keys and secrets it finds"
_REFUSED: Final = {
    Peer(PeerName.LITELLM, "1.82.7"): _STOLEN,
    Peer(PeerName.LITELLM, "1.82.8"): _STOLEN,
}
"""Versions that must never be installed (LiteLLM's issue 24518)."""

_VERSION: Final = re.compile(r"\d+(\.\d+)*([-.]?[a-z]+\.?\d+)?")


def parse_peers(text: str) -> tuple[Peer, ...]:
    """Read `litellm,portkey==1.15.2`; a name alone means the pinned version.

    Raises:
        BenchError: A peer is unknown or given twice, or its version is no exact one or a refused one.
    """
    peers = tuple(_peer(item.strip()) for item in text.split(",") if item.strip())
    if len({peer.name for peer in peers}) < len(peers):
        raise BenchError(f"--peers {text}: each peer can be measured once")
    return peers


def _peer(item: str) -> Peer:
    name, pinned, version = item.partition("==")
    if name not in set(PeerName):
        raise BenchError(f"there is no peer {name!r}; choose of {', '.join(PeerName)}")
    peer = Peer(PeerName(name), version if pinned else _PINNED[PeerName(name)])
    if not _VERSION.fullmatch(peer.version):
        raise BenchError(f"{item}: write an exact version, such as {name}=={_PINNED[PeerName(name)]}")
    if (reason := _REFUSED.get(_normal(peer))) is not None:
        raise BenchError(f"{name} {peer.version} is never installed: {reason}")
    return peer


def _normal(peer: Peer) -> Peer:
    """Return the peer with trailing zeros and leading zeros gone: registries take 1.82.7.0 for 1.82.7."""
    numbers = re.sub(r"(?<![\d])0+(?=\d)", "", peer.version)
    return Peer(peer.name, re.sub(r"(\.0)+$", "", numbers))
