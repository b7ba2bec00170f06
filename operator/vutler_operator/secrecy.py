"""Takes secrets out of what others say: a refusal may quote what it refuses, and its words end in statuses and logs."""

import base64
import binascii
from collections.abc import Iterator
from typing import Final

__all__ = ["hide", "secrets_in"]

_SECRET: Final = frozenset({"api_key", "token", "data", "stringData", "value"})
"""Keys of what is sent, to router and API server, under which secrets are; `value` is that of a JSON patch."""
_SHORTEST: Final = 6
"""A shorter text is no secret, and would be found in every other word."""


def hide(words: str, secrets: Iterator[str]) -> str:
    """Return a text without these secrets."""
    for secret in sorted({found for found in secrets if len(found) >= _SHORTEST}, key=len, reverse=True):
        words = words.replace(secret, "***")
    return words


def secrets_in(body: object, *, within: bool = False) -> Iterator[str]:
    """Yield the secrets of a request's body, those in base64 also as they are behind it."""
    match body:
        case dict():
            for key, value in body.items():
                yield from secrets_in(value, within=within or key in _SECRET)
        case list() | tuple():
            for value in body:
                yield from secrets_in(value, within=within)
        case str() if within:
            yield body
            yield from _decoded(body)


def _decoded(text: str) -> Iterator[str]:
    try:
        yield base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return
