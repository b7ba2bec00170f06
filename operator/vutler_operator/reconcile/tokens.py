"""Decides whether an agent keeps its tokens or gets new ones."""

import re
import secrets
from collections.abc import Callable
from typing import Final

from vutler_operator import names
from vutler_operator.builders import Tokens
from vutler_operator.resources.objects import Manifest, decode_key

__all__ = ["mint_token", "settle_tokens"]

_FORM: Final = re.compile(r"[A-Za-z0-9_-]{43,}")


def mint_token() -> str:
    """Return 256 random bits as text."""
    return secrets.token_urlsafe(32)


def settle_tokens(agent: Manifest, secret: Manifest | None, mint: Callable[[], str] = mint_token) -> Tokens:
    """Return the tokens of the credentials Secret; new ones if there are none, or if the Agent asks for a rotation.

    A token that is not ours in form (edited by hand, emptied) is replaced: only random ones may be hashed in public.
    """
    wanted = str((agent["metadata"].get("annotations") or {}).get(names.ROTATE_TOKENS, ""))
    if secret is None:
        return Tokens(mint(), mint(), wanted)
    rotated_for = str((secret["metadata"].get("annotations") or {}).get(names.ROTATED_FOR, ""))
    if wanted and wanted != rotated_for:
        return Tokens(mint(), mint(), wanted)
    return Tokens(
        _kept(secret, names.ROUTER_TOKEN) or mint(), _kept(secret, names.GATEWAY_TOKEN) or mint(), rotated_for
    )


def _kept(secret: Manifest, key: str) -> str | None:
    value = (decode_key(secret, key) or b"").decode(errors="replace")
    return value if _FORM.fullmatch(value) else None
