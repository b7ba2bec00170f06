"""One agent's routing put together: mode, categories and, for each, whom to ask; made once, kept until it changes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from vutler_router.domain.agent import Agent
from vutler_router.domain.plans import Plans, Tier
from vutler_router.domain.routing import (
    BUILT_IN_CATEGORIES,
    ModelMapping,
    RouteCategory,
    RoutingRules,
    RoutingSettings,
)
from vutler_router.providers.target import Target
from vutler_router.routing.classify import CustomCategory
from vutler_router.routing.preference import default_models, mapping_of
from vutler_router.services.routing.orders import ModelFinder, Order
from vutler_router.services.routing.rulebook import RuleBook
from vutler_router.settings import RoutingMode, Settings, ToolsRule

__all__ = ["AgentRouting", "AgentRoutings"]

_NOTHING_OWN: Final = RoutingSettings()
_MOST: Final = 20_000
"""Agents remembered. Beyond that all are forgotten, and made again when they ask."""


@dataclass(slots=True)
class AgentRouting:
    """How one agent's requests are routed on one plan.

    Attributes:
        tools: When a request that carries tools belongs to the category of that name.
        categories: The agent's and the administrator's own categories; the agent's win where both have one.
        customs: The same for the local classifier.
        chain: Whom the agent asks without routing.
        mapping: Returns a category's models as they are listed.
    """

    mode: RoutingMode
    tools: ToolsRule
    categories: tuple[RouteCategory, ...]
    customs: tuple[CustomCategory, ...]
    chain: tuple[Target, ...]
    mapping: Callable[[str], ModelMapping]
    _order: Callable[[Sequence[str]], Order]
    _orders: dict[tuple[str, bool], Order] = field(default_factory=dict)

    @property
    def names(self) -> Sequence[str]:
        """The names of all categories, the built-in ones first."""
        return (*BUILT_IN_CATEGORIES, *(category.name for category in self.categories))

    def order(self, category: str, *, second: bool = False) -> Order:
        """Return whom to ask for a category, the model that is compared with the first one before it if `second`."""
        known = self._orders.get((category, second))
        if known is None:
            mapping = self.mapping(category)
            ahead = (mapping.comparison.model,) if second and mapping.comparison is not None else ()
            known = self._orders[category, second] = self._order((*ahead, *mapping.models))
        return known


class AgentRoutings:
    """Knows the routing of every agent."""

    def __init__(self, settings: Settings, book: RuleBook, plans: Plans, finder: ModelFinder) -> None:
        self._mode = settings.routing_mode
        self._tools = settings.routing_tools
        self._book = book
        self._plans = plans
        self._finder = finder
        self._known: dict[tuple[str, str], tuple[Agent, RoutingRules, AgentRouting]] = {}

    def mode_of(self, agent: Agent) -> RoutingMode:
        """Return how an agent's requests are classified."""
        mode = _own(agent).mode
        return self._mode if mode is None else mode

    def of(self, agent: Agent, tier_id: str | None, chain: tuple[Target, ...]) -> AgentRouting:
        """Return an agent's routing.

        Args:
            agent: Whose.
            tier_id: The plan that answers in place of the agent's own, if one does.
            chain: Whom the agent asks without routing; the same object as long as nothing changes.
        """
        key, rules = (agent.id, tier_id or ""), self._book.rules
        known = self._known.get(key)
        if known is not None and known[0] is agent and known[1] is rules and known[2].chain is chain:
            return known[2]
        if len(self._known) >= _MOST:
            self._known.clear()
        made = self._made(agent, tier_id, chain, rules)
        self._known[key] = agent, rules, made
        return made

    def _made(self, agent: Agent, tier_id: str | None, chain: tuple[Target, ...], rules: RoutingRules) -> AgentRouting:
        own, tier = _own(agent), self._plan_of(agent, tier_id)
        defaults = default_models(tier, chain[0].provider)
        categories = _categories(own, rules)
        return AgentRouting(
            self.mode_of(agent),
            self._tools if own.tools is None else own.tools,
            categories,
            tuple(CustomCategory(one.name, one.keywords, one.description, one.examples) for one in categories),
            chain,
            lambda category: mapping_of(category, own, rules, defaults),
            partial(self._finder.order, agent, chain),
        )

    def _plan_of(self, agent: Agent, tier_id: str | None) -> Tier | None:
        planned = tier_id or (agent.llm.tier if agent.llm is not None else None)
        return self._plans.find(planned) if planned else None


def _own(agent: Agent) -> RoutingSettings:
    return agent.llm.routing or _NOTHING_OWN if agent.llm is not None else _NOTHING_OWN


def _categories(own: RoutingSettings, rules: RoutingRules) -> tuple[RouteCategory, ...]:
    """Return the categories that are not built in, each once."""
    found: Mapping[str, RouteCategory] = {one.name: one for one in (*rules.categories, *own.categories)}
    return tuple(one for one in found.values() if one.name not in BUILT_IN_CATEGORIES)
