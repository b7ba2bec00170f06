"""The order in which an agent's models are asked; policy on values, no I/O."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol, TypeVar

from vutler_router.errors import UnknownModel
from vutler_router.settings import ProviderName

__all__ = ["DEFAULT_MODELS", "Choice", "choose", "default_fallbacks", "leaves_choice", "names_of"]

DEFAULT_MODELS: Final[Mapping[ProviderName, str]] = MappingProxyType(
    {
        ProviderName.OPENAI: "gpt-4o-mini",
        ProviderName.ANTHROPIC: "claude-haiku-4-5",
        ProviderName.MINIMAX: "MiniMax-M2.5",
    }
)
"""Which model a fallback means that only names its provider."""

_DEFAULT_CHAINS: Final[Mapping[ProviderName, tuple[ProviderName, ...]]] = MappingProxyType(
    {
        ProviderName.OPENAI: (ProviderName.MINIMAX,),
        ProviderName.ANTHROPIC: (ProviderName.OPENAI, ProviderName.MINIMAX),
        ProviderName.MINIMAX: (ProviderName.OPENAI,),
    }
)
"""Who is asked after a provider where nobody says; only with a key of the same owner."""

_ROUTER: Final = frozenset({"router", "router/router"})
"""Names by which a caller leaves the choice to the router; the second is how OpenClaw spells it in full."""


class Choice(Protocol):
    """Anything that names a provider's model."""

    @property
    def provider(self) -> ProviderName:
        """Who would answer."""

    @property
    def model(self) -> str:
        """The provider's own name of the model."""

    @property
    def last_resort(self) -> bool:
        """Whether it answers only where nothing of the agent's own does, and cannot be asked for by name."""


C = TypeVar("C", bound=Choice)


def names_of(choice: Choice) -> tuple[str, str]:
    """Return the names a caller may use: the bare model and `provider/model`."""
    return choice.model, f"{choice.provider}/{choice.model}"


def leaves_choice(requested: str) -> bool:
    """Tell whether a caller leaves the choice of the model to the router."""
    return requested in _ROUTER


def choose(chain: Sequence[C], requested: str) -> Sequence[C]:
    """Return what to ask, first choice first: all of the chain, or the part that begins with the model asked for.

    Raises:
        UnknownModel: the model is not in the chain; the message lists what is.
    """
    if requested in _ROUTER:
        return chain
    for position, choice in enumerate(chain):
        if requested in names_of(choice) and not choice.last_resort:
            return chain[position:]
    available = ", ".join(["router", *dict.fromkeys(choice.model for choice in chain if not choice.last_resort)])
    raise UnknownModel(f"This agent has no model of the name asked for. It may ask for: {available}.", param="model")


def default_fallbacks(provider: ProviderName) -> Sequence[tuple[ProviderName, str]]:
    """Return the models that may stand in for a provider's, in order."""
    return [(other, DEFAULT_MODELS[other]) for other in _DEFAULT_CHAINS.get(provider, ())]
