"""Turns a list of models into those that an agent can ask, with the keys it has, and prices them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from vutler_router.domain.agent import Agent
from vutler_router.metering.prices import ModelPrice, PriceTable
from vutler_router.providers.target import Target
from vutler_router.routing.catalog import Catalogue
from vutler_router.routing.chain import names_of
from vutler_router.routing.preference import WantedModel, read_wanted
from vutler_router.services.answering.targets import Targets
from vutler_router.settings import ProviderName

__all__ = ["ModelFinder", "Order", "PassedOver"]

_ANY_MODEL: Final = frozenset({ProviderName.CUSTOM, ProviderName.OLLAMA, ProviderName.ECHO})
"""Providers whose models only their owners know."""

_INPUT_WEIGHT: Final = 3
"""Tokens read for each one written, when models are ranked by their price as a whole."""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A listed model that this agent cannot ask, and why."""

    model: str
    reason: str


@dataclass(frozen=True, slots=True)
class Order:
    """Whom to ask for a category.

    Attributes:
        targets: In order: what the list names, then the rest of the agent's own chain.
        listed: How many of them the list named.
        passed_over: What else it named.
        dearest: The one of `targets` with the highest known price, which stands for the strongest model; None where
            no price is known.
        dearest_price: Its price.
    """

    targets: tuple[Target, ...]
    listed: int
    passed_over: tuple[PassedOver, ...]
    dearest: Target | None
    dearest_price: ModelPrice | None


class ModelFinder:
    """Finds the targets that a list of models means for an agent."""

    def __init__(self, targets: Targets, prices: PriceTable, catalogue: Catalogue) -> None:
        self._targets = targets
        self._prices = prices
        self._catalogue = catalogue

    def order(self, agent: Agent, chain: tuple[Target, ...], models: Sequence[str]) -> Order:
        """Return whom to ask.

        Args:
            agent: Whose keys answer.
            chain: Whom the agent asks without routing, at least one.
            models: The list, in order of preference.
        """
        found: list[Target] = []
        passed_over: list[PassedOver] = []
        for text in models:
            match self._find(agent, chain, read_wanted(text)):
                case str(reason):
                    passed_over.append(PassedOver(text, reason))
                case targets:
                    found += [target for target in targets if target.identity not in {one.identity for one in found}]
        listed = {target.identity for target in found}
        rest = [target for target in chain if target.identity not in listed]
        ordered = (*found, *rest)
        dearest, price = self._dearest(ordered)
        return Order(ordered, len(found), tuple(passed_over), dearest, price)

    def _find(self, agent: Agent, chain: tuple[Target, ...], wanted: WantedModel) -> Sequence[Target] | str:
        """Return the targets of one listed model, or why there is none."""
        named = [target for target in chain if not target.last_resort and wanted.text in names_of(target)]
        if named:
            return named
        if chain[0].tier or chain[0].provider is ProviderName.ECHO:
            return "the plan has no such model, or the platform has no key for it"
        provider = _provider_of(chain, wanted)
        if provider is None:
            return f"the agent has no key of {wanted.provider}"
        model = wanted.text if provider is not wanted.provider else wanted.model
        if not self._may_have(provider, model):
            return f"it is not known as a model of {provider}"
        return self._targets.of_model(agent, provider, model)

    def _may_have(self, provider: ProviderName, model: str) -> bool:
        """Tell whether a provider may know a model: one that only others are known to have is a mistake."""
        if provider in _ANY_MODEL or self._knows(provider, model):
            return True
        if provider is ProviderName.OPENROUTER:
            return "/" in model
        return not any(self._knows(other, model) for other in ProviderName if other not in _ANY_MODEL)

    def _knows(self, provider: ProviderName, model: str) -> bool:
        return self._prices.find(provider, model) is not None or self._catalogue.find(provider, model) is not None

    def _dearest(self, targets: Sequence[Target]) -> tuple[Target | None, ModelPrice | None]:
        priced = [(self._prices.find(target.provider, target.model), target) for target in targets]
        known = [(price, target) for price, target in priced if price is not None]
        if not known:
            return None, None
        price, target = max(known, key=lambda one: _INPUT_WEIGHT * one[0].rates.input + one[0].rates.output)
        return target, price


def _provider_of(chain: Sequence[Target], wanted: WantedModel) -> ProviderName | None:
    """Return who is asked: the one named, OpenRouter by its name for another's model, or the agent's own."""
    providers = {target.provider for target in chain}
    if wanted.provider is None:
        return chain[0].provider
    if wanted.provider in providers:
        return wanted.provider
    return ProviderName.OPENROUTER if ProviderName.OPENROUTER in providers else None
