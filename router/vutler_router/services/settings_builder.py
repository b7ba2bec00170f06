"""Turns the model settings a caller sends into those that are kept: checked, and with sealed keys."""

from dataclasses import dataclass, field
from typing import Final

from vutler_router.domain.limits import Limits
from vutler_router.domain.llm import ChainLink, LlmSettings, ModelParameters
from vutler_router.domain.plans import Plans
from vutler_router.domain.routing import RoutingSettings
from vutler_router.domain.sealed import Sealed
from vutler_router.errors import InvalidRequest
from vutler_router.keys.sealing import Sealer, provider_key_purpose
from vutler_router.routing.chain import DEFAULT_MODELS
from vutler_router.services.link_checks import (
    LinkPut,
    checked_endpoint,
    checked_key,
    checked_model,
    checked_provider,
)
from vutler_router.services.routing.category_checks import checked_routing
from vutler_router.settings import KEYLESS, ProviderName

__all__ = ["LlmPut", "SettingsBuilder"]

_MOST_LINKS: Final = 9
"""One primary and eight fallbacks: a longer chain would outlast any caller's patience."""


@dataclass(frozen=True, slots=True)
class LlmPut:
    """Model settings as a caller sends them: `links` (the primary first) or a `tier`, not both.

    Attributes:
        source: The LLMConfig that the operator took them from.
    """

    links: tuple[LinkPut, ...] = ()
    tier: str | None = None
    source: str | None = None
    parameters: ModelParameters = field(default_factory=ModelParameters)
    routing: RoutingSettings | None = None
    limits: Limits | None = None


class SettingsBuilder:
    """Checks model settings and seals their keys for one agent."""

    def __init__(self, sealer: Sealer, plans: Plans) -> None:
        self._sealer = sealer
        self._plans = plans

    def build(self, agent_id: str, put: LlmPut, current: LlmSettings | None, *, prefix: str = "") -> LlmSettings:
        """Return the settings to keep.

        A key that is sent again stays sealed as it is, so that equal settings are equal records. A key that is left
        out stays too, if its provider and address stay; settings from an LLMConfig state all their keys.

        Args:
            agent_id: Whom the keys are sealed for.
            put: What was sent.
            current: What is kept now.
            prefix: What stands before the fields' names in complaints (`llm.`).

        Raises:
            InvalidRequest: Something is missing, unknown or contradictory; `param` names it.
            UnknownTier: The plan is not on sale.
        """
        if (put.tier is None) == (not put.links):
            raise InvalidRequest(
                'Send either "managed": true with a "tier", or a "provider" with its "model" and "api_key".',
                param=f"{prefix}provider",
            )
        if len(put.links) > _MOST_LINKS:
            raise InvalidRequest(f"At most {_MOST_LINKS - 1} fallbacks are possible.", param=f"{prefix}fallbacks")
        if put.tier is not None:
            self._plans.get(put.tier, param=f"{prefix}tier")
        return LlmSettings(
            chain=tuple(
                self._link(agent_id, link, put, current, prefix if index == 0 else f"{prefix}fallbacks[{index - 1}].")
                for index, link in enumerate(put.links)
            ),
            tier=put.tier,
            source=put.source,
            parameters=put.parameters,
            routing=checked_routing(put.routing, f"{prefix}routing."),
            limits=put.limits,
        )

    def _link(self, agent_id: str, link: LinkPut, put: LlmPut, current: LlmSettings | None, prefix: str) -> ChainLink:
        """Check and seal one link."""
        provider = checked_provider(link.provider, prefix)
        named = link.model or (None if link is put.links[0] else DEFAULT_MODELS.get(provider))
        model = checked_model(provider, named, prefix)
        endpoint = checked_endpoint(provider, link.custom_endpoint, prefix)
        kept = _kept_key(current, provider, endpoint)
        key = kept if link.api_key is None and put.source is None else None
        if link.api_key:
            purpose = provider_key_purpose(provider, endpoint)
            key = self._sealer.seal(checked_key(link.api_key, prefix), owner=agent_id, purpose=purpose, kept=kept)
        if key is None and provider not in KEYLESS and link is put.links[0]:
            raise InvalidRequest(f"{provider} needs an API key; send it as api_key.", param=f"{prefix}api_key")
        return ChainLink(provider, model, key, endpoint)


def _kept_key(current: LlmSettings | None, provider: ProviderName, endpoint: str | None) -> Sealed | None:
    """Find the key kept for a provider at an address; one for another address must not go there."""
    links = current.chain if current is not None else ()
    return next((link.key for link in links if (link.provider, link.endpoint) == (provider, endpoint)), None)
