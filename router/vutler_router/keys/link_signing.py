"""Signs links that open one thing for a while, to whoever has the link."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vutler_router.errors import Unauthenticated

__all__ = ["LinkSigner"]

_KEY_BYTES: Final = 32
_LONGEST_TOKEN: Final = 512


class LinkSigner:
    """HMAC-SHA256 with keys derived from the master keys: the first signs, every one verifies.

    A token reads `<id>.<end in seconds>.<signature>`; a key that leaves the ring takes its links with it.

    Args:
        master_keys: At least one.
        purpose: What the links are for; a token of another purpose does not verify.
    """

    def __init__(self, master_keys: Sequence[bytes], purpose: str) -> None:
        self._keys = [
            HKDF(
                algorithm=hashes.SHA256(), length=_KEY_BYTES, salt=None, info=f"vutler link: {purpose}".encode()
            ).derive(key)
            for key in master_keys
        ]

    def sign(self, thing: str, until: datetime) -> str:
        """Return the token that opens a thing until then; its id must hold no full stop."""
        said = f"{thing}.{int(until.timestamp())}"
        return f"{said}.{_signature(self._keys[0], said)}"

    def verify(self, token: str, now: datetime) -> str:
        """Return the id of the thing that a token opens.

        Raises:
            Unauthenticated: Nobody signed it, or its time is over.
        """
        said, _, signature = token[:_LONGEST_TOKEN].rpartition(".")
        thing, _, until = said.rpartition(".")
        genuine = any(hmac.compare_digest(_signature(key, said), _plain(signature)) for key in self._keys)
        if not genuine or datetime.fromtimestamp(int(until), UTC) <= now:
            raise Unauthenticated("This link is not valid, or no longer; ask for a new one.", code="link_not_valid")
        return thing


def _signature(key: bytes, said: str) -> str:
    digest = hmac.digest(key, said.encode("utf-8", "replace"), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _plain(text: str) -> str:
    """Return a text that can be compared in constant time, which only ASCII can."""
    return text if text.isascii() else ""
