"""Which models the router has ever heard of, so that a misspelt one is refused when it is typed."""

from collections.abc import Iterator
from typing import Final

from vutler_router.domain.plans import Plans
from vutler_router.errors import InvalidRequest
from vutler_router.metering.prices import PriceTable
from vutler_router.routing.catalog import Catalogue
from vutler_router.routing.preference import DEFAULT_MODELS_AT, WantedModel, read_wanted
from vutler_router.services.directory import AgentDirectory
from vutler_router.settings import ProviderName

__all__ = ["ModelNames"]

_OPEN: Final = frozenset({ProviderName.CUSTOM, ProviderName.OLLAMA, ProviderName.ECHO, ProviderName.OPENROUTER})
"""Providers whose models no list of ours can hold; `openrouter` names hundreds, new ones every week."""


class ModelNames:
    """Knows names of models from prices, facts, plans and what agents use already."""

    def __init__(self, prices: PriceTable, catalogue: Catalogue, plans: Plans, directory: AgentDirectory) -> None:
        self._prices = prices
        self._catalogue = catalogue
        self._plans = plans
        self._directory = directory

    def check(self, text: str, param: str) -> None:
        """Refuse a model that nobody knows.

        Raises:
            InvalidRequest: The message says how to write one, and what to do about one that is new.
        """
        wanted = read_wanted(text)
        if wanted.provider in _OPEN or self._has_facts(wanted) or text in set(self._used()):
            return
        raise InvalidRequest(
            "The router knows no model of this name. Write provider/model, for example openai/gpt-4o-mini; one that is "
            "newer than the router's list is known once PRICES_FILE has a price for it or an agent uses it.",
            code="unknown_model",
            param=param,
        )

    def _has_facts(self, wanted: WantedModel) -> bool:
        providers = (
            [wanted.provider] if wanted.provider is not None else [one for one in ProviderName if one not in _OPEN]
        )
        return any(
            self._prices.find(one, wanted.model) is not None or self._catalogue.find(one, wanted.model) is not None
            for one in providers
        )

    def _used(self) -> Iterator[str]:
        for models in (listed for lists in DEFAULT_MODELS_AT.values() for listed in lists.values()):
            yield from models
        for tier in self._plans:
            for model in tier.models:
                yield from (model.model, f"{model.provider}/{model.model}")
        for agent in self._directory:
            for link in agent.llm.chain if agent.llm is not None else ():
                yield from (link.model, f"{link.provider}/{link.model}")
