"""One model that may answer a request, with all it takes to ask it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from vutler_router.providers.definitions import DEFINITIONS, Auth, Definition, base_url_of
from vutler_router.providers.surfaces import Surface
from vutler_router.settings import ProviderName

__all__ = ["Target", "build_target"]

_HEADERS: Final = {
    "content-type": "application/json",
    "accept-encoding": "identity",
    "user-agent": "vutler-router",
}


@dataclass(frozen=True, slots=True)
class Target:
    """A provider's model, its address and key.

    Attributes:
        base_url: Where the provider is.
        urls: What it offers natively, each with its whole address.
        tier: The plan whose key pays; empty for a user's own key.
        key: Sent to this provider only; never shown.
        identity: Provider, model and credential; the last tells keys and addresses apart without giving them away.
        guarded: Whether the address is a user's and may not be private.
        last_resort: Whether it is asked only where none of the plan's own models answers, and never by name.
    """

    provider: ProviderName
    model: str
    base_url: str
    urls: Mapping[Surface, str]
    guarded: bool
    identity: tuple[str, str, str]
    key: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    tier: str = ""
    last_resort: bool = False

    @property
    def definition(self) -> Definition:
        """What is particular to the provider."""
        return DEFINITIONS[self.provider]


def build_target(
    provider: ProviderName,
    model: str,
    key: str,
    *,
    endpoint: str | None = None,
    overrides: Mapping[ProviderName, str],
    tier: str = "",
    last_resort: bool = False,
) -> Target:
    """Put together how a provider is asked for a model."""
    definition = DEFINITIONS[provider]
    base_url, guarded = base_url_of(provider, endpoint, overrides)
    return Target(
        provider,
        model,
        base_url,
        {surface: base_url + path for surface, path in definition.paths.items()},
        guarded,
        (provider.value, model, _credential(provider, base_url, key)),
        key=key,
        headers={**_HEADERS, **definition.headers, **_authorization(definition.auth, key)},
        tier=tier,
        last_resort=last_resort,
    )


def _authorization(auth: Auth, key: str) -> Mapping[str, str]:
    if not key:
        return {}
    match auth:
        case Auth.BEARER:
            return {"authorization": f"Bearer {key}"}
        case Auth.API_KEY:
            return {"x-api-key": key}


def _credential(provider: ProviderName, base_url: str, key: str) -> str:
    """Name a credential: a hash is safe to show, for keys are random and the address is hashed with them."""
    return hashlib.sha256(f"vutler credential\0{provider}\0{base_url}\0{key}".encode()).hexdigest()[:16]
