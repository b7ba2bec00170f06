"""The order in which an agent's models are asked; policy on values, no I/O."""

from collections.abc import Sequence
from typing import Final, Protocol, TypeVar

from vutler_router.errors import UnknownModel
from vutler_router.settings import ProviderName

__all__ = ["Choice", "choose", "names_of"]

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


C = TypeVar("C", bound=Choice)


def names_of(choice: Choice) -> tuple[str, str]:
    """Return the names a caller may use: the bare model and `provider/model`."""
    return choice.model, f"{choice.provider}/{choice.model}"


def choose(chain: Sequence[C], requested: str) -> Sequence[C]:
    """Return what to ask, first choice first: all of the chain, or the part that begins with the model asked for.

    Raises:
        UnknownModel: the model is not in the chain; the message lists what is.
    """
    if requested in _ROUTER:
        return chain
    for position, choice in enumerate(chain):
        if requested in names_of(choice):
            return chain[position:]
    available = ", ".join(["router", *dict.fromkeys(choice.model for choice in chain)])
    raise UnknownModel(f"This agent has no model of the name asked for. It may ask for: {available}.", param="model")
