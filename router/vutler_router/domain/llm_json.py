"""The JSON form of model settings' parts, by the names the CRD and the API share."""

from collections.abc import Mapping
from typing import TypeAlias

from vutler_router.domain.limits import Limits
from vutler_router.domain.llm import ModelParameters
from vutler_router.domain.money import to_usd
from vutler_router.domain.routing import Comparison, ModelMapping, RouteCategory, RoutingSettings

__all__ = ["JsonObject", "category_json", "limits_json", "mapping_json", "parameters_json", "routing_json"]

JsonObject: TypeAlias = dict[str, object]
"""A JSON object on its way out."""


def parameters_json(parameters: ModelParameters) -> JsonObject:
    """Write parameters, leaving out what is not set."""
    return _present(
        {"temperature": parameters.temperature, "max_tokens": parameters.max_tokens, "top_p": parameters.top_p}
    )


def routing_json(routing: RoutingSettings | None) -> JsonObject | None:
    """Write an agent's routing."""
    if routing is None:
        return None
    mode = routing.mode.value if routing.mode else None
    tools = routing.tools.value if routing.tools else None
    categories = [category_json(category) for category in routing.categories]
    return _present({"mode": mode, "tools": tools, "categories": categories})


def category_json(category: RouteCategory) -> JsonObject:
    """Write one category."""
    return {
        "name": category.name,
        "models": list(category.models),
        "keywords": list(category.keywords),
        "description": category.description,
        "examples": list(category.examples),
        **_comparison_json(category.comparison),
    }


def mapping_json(mapping: ModelMapping) -> JsonObject:
    """Write the models of a category."""
    return {"category": mapping.category, "models": list(mapping.models), **_comparison_json(mapping.comparison)}


def _comparison_json(comparison: Comparison | None) -> JsonObject:
    if comparison is None:
        return {}
    return {"comparison": {"model": comparison.model, "percent": comparison.percent}}


def limits_json(limits: Limits | None) -> JsonObject | None:
    """Write limits by the CRD's names, money as a decimal number of USD."""
    if limits is None:
        return None
    cost = None if limits.monthly_cost is None else to_usd(limits.monthly_cost)
    return _present(
        {
            "monthlyTokens": limits.monthly_tokens,
            "monthlyCost": cost,
            "requestsPerMinute": limits.requests_per_minute,
            "tokensPerMinute": limits.tokens_per_minute,
            "concurrency": limits.concurrency,
            "onExceeded": limits.on_exceeded.value,
        }
    )


def _present(entries: Mapping[str, object]) -> JsonObject:
    """Leave out what is None."""
    return {name: value for name, value in entries.items() if value is not None}
