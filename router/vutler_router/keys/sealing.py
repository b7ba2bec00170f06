"""Encrypts secrets at rest, bound to whom they belong to and what they are for."""

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Callable, Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vutler_router.domain.sealed import Sealed
from vutler_router.errors import SealBroken
from vutler_router.keys.tokens import same_secret

__all__ = ["GATEWAY_TOKEN", "HOOK_SECRET", "HOOK_URL", "Sealer", "provider_key_purpose"]

GATEWAY_TOKEN: Final = "gateway-token"  # noqa: S105 - the purpose of a secret, not one
"""The purpose of an agent's OpenClaw gateway token."""

HOOK_URL: Final = "hook-url"
"""The purpose of an outgoing webhook's address, whose owner is the webhook."""

HOOK_SECRET: Final = "hook-secret"  # noqa: S105 - the purpose of a secret, not one
"""The purpose of what signs the posts of an outgoing webhook, whose owner is the webhook."""

_VERSION: Final = "v1"
_NONCE_BYTES: Final = 12
"""What GCM is made for; random nonces are safe for 2^32 secrets per key."""


def provider_key_purpose(provider: str, endpoint: str | None) -> str:
    """Name the purpose of a provider key, so that it opens for no other provider and no other address."""
    return json.dumps(["provider-key", provider, endpoint])


class Sealer:
    """AES-256-GCM with a ring of keys: the first seals, every one opens.

    A sealed secret reads `v1.<key id>.<nonce and ciphertext>`. Owner and purpose are authenticated with it, so a
    ciphertext that is copied to another agent's record, or under another provider, does not open.

    Args:
        keys: Master keys of 32 bytes, at least one; the first is the current one.
        random_bytes: Source of nonces.

    Raises:
        ValueError: There is no key, or one of another length.
    """

    def __init__(self, keys: Sequence[bytes], random_bytes: Callable[[int], bytes] = os.urandom) -> None:
        if not keys:
            raise ValueError("a sealer needs at least one key")
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}
        self._current = _key_id(keys[0])
        self._random_bytes = random_bytes

    def seal(self, secret: str, *, owner: str, purpose: str, kept: Sealed | None = None) -> Sealed:
        """Encrypt a secret for one owner and purpose.

        Args:
            secret: What to keep.
            owner: Whom it belongs to: an agent's id.
            purpose: What it is for.
            kept: What is stored now. It is returned if it holds the same secret: equal settings stay equal records.
        """
        if kept is not None and self._holds(kept, secret, owner, purpose):
            return kept
        nonce = self._random_bytes(_NONCE_BYTES)
        body = self._ciphers[self._current].encrypt(nonce, secret.encode(), _binding(owner, purpose))
        return Sealed(f"{_VERSION}.{self._current}.{base64.urlsafe_b64encode(nonce + body).decode()}")

    def unseal(self, sealed: Sealed, *, owner: str, purpose: str) -> str:
        """Return a secret.

        Raises:
            SealBroken: It belongs to another owner or purpose, was altered, or its key is not on the ring.
        """
        key_id, body = _parts(sealed)
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise SealBroken(
                f"A stored secret of {owner} was sealed with a key that is not in LLM_ENCRYPTION_KEY; "
                f"add that key to the end of the list, or enter the secret again."
            )
        try:
            return cipher.decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], _binding(owner, purpose)).decode()
        except (InvalidTag, ValueError):
            raise SealBroken(f"A stored secret of {owner} cannot be opened; enter it again.") from None

    def renewed(self, sealed: Sealed, *, owner: str, purpose: str) -> Sealed:
        """Return a secret sealed with the ring's first key: the very same one if that is what seals it already.

        It is opened in any case, so what this returns can be opened by the first key alone.

        Raises:
            SealBroken: It cannot be opened.
        """
        secret = self.unseal(sealed, owner=owner, purpose=purpose)
        return sealed if self.is_current(sealed) else self.seal(secret, owner=owner, purpose=purpose)

    def is_current(self, sealed: Sealed) -> bool:
        """Say whether a secret is sealed with the ring's first key; rotation seals the others anew."""
        return sealed.split(".", 2)[1:2] == [self._current]

    def _holds(self, sealed: Sealed, secret: str, owner: str, purpose: str) -> bool:
        """Say whether this is that secret; one that does not open is not."""
        try:
            return same_secret(self.unseal(sealed, owner=owner, purpose=purpose), secret)
        except SealBroken:
            return False


def _parts(sealed: Sealed) -> tuple[str, bytes]:
    """Take a sealed secret apart."""
    try:
        version, key_id, body = sealed.split(".")
        raw = base64.b64decode(body, altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise SealBroken("A stored secret is damaged; enter it again.") from None
    if version != _VERSION or len(raw) <= _NONCE_BYTES:
        raise SealBroken("A stored secret is of an unknown form; enter it again.")
    return key_id, raw


def _key_id(key: bytes) -> str:
    """Name a key without giving anything of it away."""
    return hashlib.sha256(b"vutler key id\0" + key).hexdigest()[:12]


def _binding(owner: str, purpose: str) -> bytes:
    """Encode owner and purpose so that no two pairs look alike."""
    return json.dumps(["vutler", _VERSION, owner, purpose]).encode()
