"""Takes secrets out of texts that leave the router."""

import json
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

__all__ = ["REDACTED", "scrub"]

REDACTED: Final = "[redacted]"

_SHORTEST: Final = 6
"""Shorter keys are not taken out: they would tear holes into ordinary words, and are no secrets."""

_BEARER: Final = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}")
_OWN_TOKEN: Final = re.compile(r"\bvtl_[\w-]{8,}")


def scrub(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a text without these secrets, however they are spelt in it, and without bearer tokens.

    Args:
        text: What a provider said, or a message of ours.
        secrets: The keys that took part in the call.
    """
    spellings = {spelling for secret in secrets if len(secret) >= _SHORTEST for spelling in _spellings(secret)}
    for spelling in sorted(spellings, key=len, reverse=True):
        text = text.replace(spelling, REDACTED)
    return _OWN_TOKEN.sub(REDACTED, _BEARER.sub(rf"\1 {REDACTED}", text))


def _spellings(secret: str) -> tuple[str, ...]:
    """List the forms a secret takes in JSON, in a URL and as it is."""
    return secret, json.dumps(secret)[1:-1], quote(secret, safe="")
