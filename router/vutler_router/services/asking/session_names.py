"""Names of conversations at agents' gateways that say, to the router alone, which tree they belong to."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from vutler_router.domain.ask_store import AskKind

__all__ = ["MAIL_SESSION", "NamedSession", "SessionNames"]

MAIL_SESSION: Final = "mail"
"""How a conversation's name begins, for whoever gives it, in which mails wake an agent."""

_PREFIXES: Final = {AskKind.ASK: "ask", AskKind.CHAT: "chat", AskKind.EMAIL: MAIL_SESSION}
_KINDS: Final = {prefix: kind for kind, prefix in _PREFIXES.items()}
_TREE: Final = "tree_"
_NAME: Final = re.compile(r"((ask|chat|mail)-([0-9a-f]{32})-[0-9a-f]{8})-([0-9a-f]{16})")
_ASKER_DIGITS: Final = 8
_SIGNATURE_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class NamedSession:
    """What a conversation's name says."""

    kind: AskKind
    tree_id: str


class SessionNames:
    """Makes names and reads them again, in any router process with the same keys.

    A name holds the tree, a mark of who asks, and a signature over both and the agent that is asked: what one agent
    learns of a tree cannot be said by another. The same asker keeps its conversation with a peer within one tree.

    Args:
        keys: Master keys; the first signs, every one verifies.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = [hashlib.sha256(b"vutler session names\0" + key).digest() for key in keys]

    def name(self, kind: AskKind, tree_id: str, *, asker: str, peer: str) -> str:
        """Name a conversation."""
        mark = hashlib.sha256(asker.encode()).hexdigest()[:_ASKER_DIGITS]
        said = f"{_PREFIXES[kind]}-{tree_id.removeprefix(_TREE)}-{mark}"
        return f"{said}-{_signature(self._keys[0], said, peer)}"

    def read(self, name: str, peer: str) -> NamedSession | None:
        """Return what a name says; None if it was not made here for that agent."""
        found = _NAME.fullmatch(name)
        if found is None or not self._is_ours(found[1], found[4], peer):
            return None
        return NamedSession(_KINDS[found[2]], f"{_TREE}{found[3]}")

    def _is_ours(self, said: str, signature: str, peer: str) -> bool:
        return any(hmac.compare_digest(_signature(key, said, peer), signature) for key in self._keys)


def _signature(key: bytes, said: str, peer: str) -> str:
    return hmac.digest(key, f"{said}\0{peer}".encode(), "sha256").hex()[:_SIGNATURE_DIGITS]
