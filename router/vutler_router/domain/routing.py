"""How requests are sorted into categories and categories into models."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from vutler_router.settings import RoutingMode, ToolsRule

__all__ = [
    "BUILT_IN_CATEGORIES",
    "TOOLS",
    "Comparison",
    "ModelMapping",
    "RouteCategory",
    "RoutingRules",
    "RoutingSettings",
]

TOOLS: Final = "tools"
"""The category of requests that need one of the tools they carry."""

BUILT_IN_CATEGORIES: Final = (TOOLS, "code", "reasoning", "conversation")
"""The categories that are there without anybody defining them."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A second model that answers a share of a category's requests, to be compared with the first.

    Attributes:
        model: Its name, as in a list of models.
        percent: Its share of the category's conversations, 1 to 99.
    """

    model: str
    percent: int


@dataclass(frozen=True, slots=True)
class RouteCategory:
    """One kind of request and the models that are good at it.

    Attributes:
        name: What rows and answers call it.
        models: In order of preference; `provider/model`, or a bare model of the agent's provider.
        keywords: Words that speak for this category.
        description: In a sentence, for people and for classifying models.
        examples: Requests that belong here.
        comparison: The model that is compared with the first of them.
    """

    name: str
    models: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    description: str = ""
    examples: tuple[str, ...] = ()
    comparison: Comparison | None = None


@dataclass(frozen=True, slots=True)
class ModelMapping:
    """The models of a category, in order of preference, and the one that is compared with the first of them."""

    category: str
    models: tuple[str, ...]
    comparison: Comparison | None = None


@dataclass(frozen=True, slots=True)
class RoutingSettings:
    """One agent's own routing; `mode` and `tools` None follow the router's."""

    mode: RoutingMode | None = None
    categories: tuple[RouteCategory, ...] = ()
    tools: ToolsRule | None = None


@dataclass(frozen=True, slots=True)
class RoutingRules:
    """What the administrator set for all agents: categories of their own, and models for any category."""

    categories: tuple[RouteCategory, ...] = ()
    mappings: tuple[ModelMapping, ...] = ()

    @property
    def names(self) -> Sequence[str]:
        """The names of all categories, the built-in ones first."""
        return (*BUILT_IN_CATEGORIES, *(category.name for category in self.categories))

    def category(self, name: str) -> RouteCategory | None:
        """Return the administrator's category of this name."""
        return next((category for category in self.categories if category.name == name), None)

    def mapping(self, category: str) -> ModelMapping | None:
        """Return the models of a category, where they were set: by a mapping, else with the category itself."""
        found = next((mapping for mapping in self.mappings if mapping.category == category), None)
        if found is None and (own := self.category(category)) is not None and own.models:
            return ModelMapping(category, own.models, own.comparison)
        return found
