"""One model that may answer a request, with all it takes to ask it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vutler_router.providers.definitions import DEFINITIONS, Definition, base_url_of
from vutler_router.settings import ProviderName

__all__ = ["Target", "build_target"]


@dataclass(frozen=True, slots=True)
class Target:
    """A provider's model, its address and key.

    Attributes:
        tier: The plan whose key pays; empty for a user's own key.
        key: Sent to this provider only; never shown.
        guarded: Whether the address is a user's and may not be private.
    """

    provider: ProviderName
    model: str
    url: str
    guarded: bool
    key: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    tier: str = ""

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
) -> Target:
    """Put together how a provider is asked for a model."""
    base_url, guarded = base_url_of(provider, endpoint, overrides)
    headers = {"content-type": "application/json", "accept-encoding": "identity", "user-agent": "vutler-router"}
    if key:
        headers["authorization"] = f"Bearer {key}"
    url = base_url + DEFINITIONS[provider].path
    return Target(provider, model, url, guarded, key=key, headers=headers, tier=tier)
