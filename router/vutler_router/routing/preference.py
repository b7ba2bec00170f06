"""Which models a category's requests are for: whose word counts, and how a model's name is read; no I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from vutler_router.domain.plans import Tier
from vutler_router.domain.routing import ModelMapping, RoutingRules, RoutingSettings
from vutler_router.settings import ProviderName

__all__ = ["DEFAULT_MODELS_AT", "WantedModel", "default_models", "mapping_of", "read_wanted"]

DEFAULT_MODELS_AT: Final[Mapping[ProviderName, Mapping[str, tuple[str, ...]]]] = MappingProxyType(
    {
        ProviderName.OPENROUTER: MappingProxyType(
            {
                "tools": ("openrouter/aurora-alpha", "moonshotai/kimi-k2.5", "z-ai/glm-5"),
                "code": ("z-ai/glm-5", "openrouter/aurora-alpha", "openai/gpt-4o-mini"),
                "reasoning": ("openrouter/aurora-alpha", "z-ai/glm-5", "moonshotai/kimi-k2.5"),
                "conversation": ("z-ai/glm-5", "openai/gpt-4o-mini", "openrouter/aurora-alpha"),
            }
        )
    }
)
"""Models of the built-in categories where nobody chose any, by the provider's own names, for users' keys."""


@dataclass(frozen=True, slots=True)
class WantedModel:
    """A model as a list names it.

    Attributes:
        text: As it is written.
        provider: The provider that it begins with, if it is one's name.
        model: What follows that; all of it where no provider is named.
    """

    text: str
    provider: ProviderName | None
    model: str


def read_wanted(text: str) -> WantedModel:
    """Read `provider/model`, or a bare name, which may have slashes of its own: `moonshotai/kimi-k2.5`."""
    first, _, rest = text.partition("/")
    if rest and first in set(ProviderName):
        return WantedModel(text, ProviderName(first), rest)
    return WantedModel(text, None, text)


def default_models(tier: Tier | None, provider: ProviderName | None) -> Mapping[str, tuple[str, ...]]:
    """Return the models of categories where nobody chose any.

    Args:
        tier: The plan that answers; None on a user's own keys.
        provider: Who answers first on the user's own keys.
    """
    if tier is not None:
        return {
            category: tuple(f"{model.provider}/{model.model}" for model in models)
            for category, models in tier.routing.items()
        }
    return DEFAULT_MODELS_AT.get(provider, {}) if provider is not None else {}


def mapping_of(
    category: str, own: RoutingSettings, rules: RoutingRules, defaults: Mapping[str, Sequence[str]]
) -> ModelMapping:
    """Return a category's models: the agent's own word counts, then the administrator's, then the defaults.

    The models are none where nobody chose any; the agent's chain answers then as it is.
    """
    chosen = next((one for one in own.categories if one.name == category and one.models), None)
    if chosen is not None:
        return ModelMapping(category, chosen.models, chosen.comparison)
    return rules.mapping(category) or ModelMapping(category, tuple(defaults.get(category, ())))
