"""How requests are sorted into categories and categories into models."""

from dataclasses import dataclass

from vutler_router.settings import RoutingMode

__all__ = ["RouteCategory", "RoutingSettings"]


@dataclass(frozen=True, slots=True)
class RouteCategory:
    """One kind of request and the models that are good at it.

    Attributes:
        name: What rows and answers call it.
        models: In order of preference; `provider/model`, or a bare model of the agent's provider.
        keywords: Words that speak for this category.
        description: In a sentence, for people and for classifying models.
        examples: Requests that belong here.
    """

    name: str
    models: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    description: str = ""
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RoutingSettings:
    """One agent's own routing; `mode` None follows the router's."""

    mode: RoutingMode | None = None
    categories: tuple[RouteCategory, ...] = ()
