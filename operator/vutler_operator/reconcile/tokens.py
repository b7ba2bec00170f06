"""Decides whether an agent keeps its tokens or gets new ones."""

import hashlib
import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from vutler_operator import names
from vutler_operator.builders import Tokens
from vutler_operator.resources.objects import Manifest, decode_key

__all__ = ["are_due", "mint_token", "read_tokens", "renew_tokens", "settle_tokens"]

_FORM: Final = re.compile(r"[A-Za-z0-9_-]{43,}")
_DATES: Final = 10
"""An agent's date comes round so many times within the greatest age."""
_OPEN: Final = 1 / 8
"""Share of the time between two dates for which each stays open: longer than a resync takes to come by."""


def mint_token() -> str:
    """Return 256 random bits as text."""
    return secrets.token_urlsafe(32)


def settle_tokens(agent: Manifest, secret: Manifest | None, now: str, mint: Callable[[], str] = mint_token) -> Tokens:
    """Return the tokens of the credentials Secret; new ones if there are none, or if the Agent asks for a rotation.

    A token that is not ours in form (edited by hand, emptied) is replaced: only random ones may be hashed in public.
    """
    wanted = str((agent["metadata"].get("annotations") or {}).get(names.ROTATE_TOKENS, ""))
    if secret is None:
        return Tokens(mint(), mint(), wanted, now)
    rotated_for = _note(secret, names.ROTATED_FOR)
    if wanted and wanted != rotated_for:
        return Tokens(mint(), mint(), wanted, now)
    kept = read_tokens(secret)
    if kept is not None:
        return kept
    router, gateway = _kept(secret, names.ROUTER_TOKEN), _kept(secret, names.GATEWAY_TOKEN)
    return Tokens(router or mint(), gateway or mint(), rotated_for, now)


def read_tokens(secret: Manifest) -> Tokens | None:
    """Return the tokens of a credentials Secret as they are; None unless both are ours in form."""
    router, gateway = _kept(secret, names.ROUTER_TOKEN), _kept(secret, names.GATEWAY_TOKEN)
    if router is None or gateway is None:
        return None
    return Tokens(router, gateway, _note(secret, names.ROTATED_FOR), _note(secret, names.MINTED_AT))


def renew_tokens(tokens: Tokens, now: str, mint: Callable[[], str] = mint_token) -> Tokens:
    """Return new tokens that answer the same wish for a rotation as the old ones."""
    return Tokens(mint(), mint(), tokens.rotated_for, now)


def are_due(secret: Manifest | None, max_age: timedelta | None, now: datetime) -> bool:
    """Tell whether an agent's tokens are old enough to be replaced, and today is its day.

    Each agent has dates of its own, given by its name, ten within the greatest age; the last one before that age is
    taken. So what was made together, or found too old all at once (by an upgrade, by a shorter age), is spread.

    Args:
        secret: the credentials; those of an older version do not say when they were minted, their creation counts.
        max_age: None: never.
        now: the time.
    """
    if secret is None or max_age is None:
        return False
    born = _born(secret)
    between = max_age / _DATES
    if born is None or now - born < max_age - between:
        return False
    own = f"{secret['metadata']['namespace']}/{secret['metadata']['name']}"
    place = int.from_bytes(hashlib.sha256(own.encode()).digest()[:6]) / (1 << 48)
    return (now.timestamp() / between.total_seconds() - place) % 1.0 < _OPEN


def _born(secret: Manifest) -> datetime | None:
    metadata = secret["metadata"]
    for text in ((metadata.get("annotations") or {}).get(names.MINTED_AT), metadata.get("creationTimestamp")):
        try:
            born = datetime.fromisoformat(text or "")
        except ValueError:
            continue
        return born if born.tzinfo is not None else born.replace(tzinfo=UTC)
    return None


def _note(secret: Manifest, name: str) -> str:
    return str((secret["metadata"].get("annotations") or {}).get(name, ""))


def _kept(secret: Manifest, key: str) -> str | None:
    value = (decode_key(secret, key) or b"").decode(errors="replace")
    return value if _FORM.fullmatch(value) else None
