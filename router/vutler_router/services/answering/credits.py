"""Asks a provider what is left of a key's credit, where it tells: so far OpenRouter."""

import asyncio
from dataclasses import dataclass
from typing import Final

from vutler_router.errors import UpstreamError
from vutler_router.providers.decoding import read_object
from vutler_router.providers.ports import Transport, UpstreamCall
from vutler_router.providers.target import Target

__all__ = ["Credits", "CreditsReader"]

_OK: Final = 200
_LARGEST: Final = 64 << 10
_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Credits:
    """What a key has used and may still use, in USD; None where there is no limit."""

    used: float
    limit: float | None
    remaining: float | None


class CreditsReader:
    """Asks; without an answer it says nothing, for a test of a model must not fail by it."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def of(self, target: Target) -> Credits | None:
        """Return what is left of a target's key."""
        path = target.definition.credits_path
        if not path or not target.key:
            return None
        call = UpstreamCall(target.provider, target.base_url + path, target.headers, b"", target.guarded, "GET")
        try:
            async with asyncio.timeout(_SECONDS):
                reply = await self._transport.send(call)
                body = await reply.start(_LARGEST)
                reply.close()
        except (UpstreamError, TimeoutError):
            return None
        fields = read_object(body) if reply.status == _OK else None
        return None if fields is None else _read(fields.get("data"))


def _read(data: object) -> Credits | None:
    """Read OpenRouter's answer (API reference, "Get current API key")."""
    used = _amount(data, "usage")
    return None if used is None else Credits(used, _amount(data, "limit"), _amount(data, "limit_remaining"))


def _amount(data: object, name: str) -> float | None:
    value = data.get(name) if isinstance(data, dict) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
