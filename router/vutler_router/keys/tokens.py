"""Bearer tokens: made once, shown once, kept as hashes."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Final

import orjson

__all__ = ["TOKEN_PREFIX", "expiry_of", "hash_token", "mint_session_id", "mint_token", "same_secret", "tied"]

TOKEN_PREFIX: Final = "vtl_"  # noqa: S105 - marks our tokens for secret scanners, is none itself
_SESSION_PREFIX: Final = "vts_"
_TOKEN_BYTES: Final = 32
_JWT_PARTS: Final = 3
_LATEST: Final = 253_402_300_799
"""The last second of the year 9999: no time after it can be written."""


def mint_token(random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """Make a token of 256 random bits.

    A plain hash is enough to keep it: what nobody can guess needs no slow hashing.
    """
    return TOKEN_PREFIX + _random_text(random_bytes)


def mint_session_id(random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """Make the secret of a browser's cookie: 256 random bits too, told from tokens by its beginning."""
    return _SESSION_PREFIX + _random_text(random_bytes)


def _random_text(random_bytes: Callable[[int], bytes]) -> str:
    return base64.urlsafe_b64encode(random_bytes(_TOKEN_BYTES)).rstrip(b"=").decode()


def hash_token(token: str) -> str:
    """Return the 64 hexadecimal digits by which a token is known."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def tied(secret: str, text: str) -> str:
    """Return 64 hexadecimal digits that only who knows both can make; they give away neither (HMAC-SHA256)."""
    key, message = secret.encode("utf-8", "surrogatepass"), text.encode("utf-8", "surrogatepass")
    return hmac.digest(key, message, "sha256").hex()


def same_secret(one: str, other: str) -> bool:
    """Compare two secrets in a time that tells nothing about them."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


def expiry_of(token: str) -> int | None:
    """Return when a JSON web token says that it ends (RFC 7519, `exp`), in seconds since 1970.

    Nothing is verified: whoever asks knows already whether the token is good, or only wants to be told less.

    Returns:
        None for tokens of other kinds, and for those that do not say.
    """
    parts = token.split(".")
    if len(parts) != _JWT_PARTS:
        return None
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return None
    until = claims.get("exp") if isinstance(claims, dict) else None
    if isinstance(until, bool) or not isinstance(until, int | float):
        return None
    return int(min(max(until, 0), _LATEST))
