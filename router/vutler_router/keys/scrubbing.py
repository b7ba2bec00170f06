"""Takes secrets out of texts that leave the router."""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final
from urllib.parse import quote

__all__ = ["REDACTED", "scrub"]

REDACTED: Final = "[redacted]"

_SHORTEST: Final = 6
"""Shorter keys are not taken out: they would tear holes into ordinary words, and are no secrets."""

_LAYERS: Final = 4
"""A text as it is, and with its escapes undone up to three times: JSON in JSON in JSON happens between gateways."""

_SECRETS_KEPT: Final = 256
"""Secrets whose spellings are kept; failures come in rows of the same key."""

_UTF8: Final = "utf-8"
_LENIENT: Final = "surrogatepass"
_BEARER: Final = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}")
_OWN_TOKEN: Final = re.compile(r"\bvtl_[\w-]{8,}")
_ESCAPE: Final = re.compile(
    rb'\\(?:u(?P<pair>d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2})|u(?P<unit>[0-9a-f]{4})|(?P<mark>["/]))'
    rb"|%(?P<byte>[0-9a-f]{2})|(?P<slashes>(?:\\\\)+)"
)


def scrub(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a text without these secrets, however they are spelt in it, and without bearer tokens.

    A secret is found in upper and lower case, escaped in whole or in part for JSON or a URL, and as base64, also in
    the middle of more of it. The work grows with the text's length alone, whatever the key and the text hold.

    Args:
        text: What a provider said, or a message of ours.
        secrets: The keys that took part in the call.
    """
    needles = {needle for secret in secrets if len(secret) >= _SHORTEST for needle in _spellings(secret)}
    if needles:
        text = _without(text, needles)
    return _OWN_TOKEN.sub(REDACTED, _BEARER.sub(rf"\1 {REDACTED}", text))


@lru_cache(maxsize=_SECRETS_KEPT)
def _spellings(secret: str) -> frozenset[bytes]:
    """List what to look for, in lower case.

    Base64 looks different at each of three places in a longer text; the characters at its edges depend on the
    neighbours and are left out. JSON and URL forms are listed for secrets that themselves look like escapes.
    """
    raw = secret.encode(_UTF8, _LENIENT)
    whole = (json.dumps(secret)[1:-1], quote(secret, safe="", errors=_LENIENT))
    found = {raw.lower(), *(form.lower().encode() for form in whole)}
    for before in range(3):
        first, last = -(-before * 8 // 6), (before + len(raw)) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            found.add(encode(b"\0" * before + raw)[first:last].lower())
    return frozenset(found)


def _without(text: str, needles: Iterable[bytes]) -> str:
    """Replace each stretch in which something was found, however many times it was found there."""
    source = text.encode(_UTF8, _LENIENT)
    pieces: list[bytes] = []
    after = 0
    for start, end in sorted(_stretches(source, needles)):
        if start >= after:
            pieces += (source[after:start], REDACTED.encode())
        after = max(after, end)
    pieces.append(source[after:])
    return b"".join(pieces).decode(_UTF8, _LENIENT)


def _stretches(source: bytes, needles: Iterable[bytes]) -> Iterator[tuple[int, int]]:
    """Find where in the source the needles stand, in each layer of escapes."""
    layer = source.lower()
    places: Sequence[int] = range(len(source) + 1)
    for _ in range(_LAYERS):
        for needle in needles:
            at = layer.find(needle)
            while at >= 0:
                yield places[at], places[at + len(needle)]
                at = layer.find(needle, at + len(needle))
        under = _unescaped(layer, places)
        if under is None:
            return
        layer, places = under


def _unescaped(layer: bytes, places: Sequence[int]) -> tuple[bytes, Sequence[int]] | None:
    """Undo one layer of escapes and keep where in the source each byte came from; None when there are none."""
    pieces: list[bytes] = []
    origins: list[int] = []
    after = 0
    for match in _ESCAPE.finditer(layer):
        meant = _meaning(match)
        pieces += (layer[after : match.start()], meant)
        origins += places[after : match.start()]
        origins += [places[match.start()]] * len(meant)
        after = match.end()
    if not pieces:
        return None
    return b"".join([*pieces, layer[after:]]).lower(), [*origins, *places[after:]]


def _meaning(escape: re.Match[bytes]) -> bytes:
    """Return what one escape stands for."""
    if escape["byte"]:
        return bytes.fromhex(escape["byte"].decode())
    if escape["mark"]:
        return escape["mark"]
    if escape["unit"]:
        return chr(int(escape["unit"], 16)).encode(_UTF8, _LENIENT)
    if escape["slashes"]:
        return escape["slashes"][::2]
    units = bytes.fromhex(escape["pair"].replace(rb"\u", b"").decode())
    return units.decode("utf-16-be").encode(_UTF8)
