"""Which model answers an agent, and on whose key."""

from dataclasses import dataclass

from vutler_router.domain.limits import Limits
from vutler_router.domain.routing import RoutingSettings
from vutler_router.domain.sealed import Sealed
from vutler_router.settings import ProviderName

__all__ = ["ChainLink", "LlmSettings", "ModelParameters"]


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One model of a chain with its own key.

    Attributes:
        provider: Who answers.
        model: The provider's own name of the model.
        key: The user's key, sealed for this agent, provider and endpoint; None where there is none.
        endpoint: A base URL that ends before the dialect's path; only for `custom` and `ollama`.
    """

    provider: ProviderName
    model: str
    key: Sealed | None = None
    endpoint: str | None = None


@dataclass(frozen=True, slots=True)
class ModelParameters:
    """Defaults for what a request leaves open."""

    temperature: float | None = None
    max_tokens: int | None = None
    top_p: float | None = None


@dataclass(frozen=True, slots=True)
class LlmSettings:
    """An agent's model settings: either a chain on the user's keys (BYOKey) or a plan on the platform's (Managed).

    Attributes:
        chain: BYOKey: the primary first, then its fallbacks. Empty when managed.
        tier: Managed: the plan's id. None with a chain.
        source: The LLMConfig (`team-a/default`) these come from, which makes them read-only in the API.
        parameters: Defaults for what a request leaves open.
        routing: How the model `router` chooses for this agent.
        limits: Bounds on use.
    """

    chain: tuple[ChainLink, ...] = ()
    tier: str | None = None
    source: str | None = None
    parameters: ModelParameters = ModelParameters()
    routing: RoutingSettings | None = None
    limits: Limits | None = None

    @property
    def managed(self) -> bool:
        """Whether the platform's keys pay."""
        return self.tier is not None
