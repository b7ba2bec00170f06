"""How routing rules are shown, and written to a file."""

from collections.abc import Mapping

from vutler_router.domain.llm_json import JsonObject, category_json, mapping_json
from vutler_router.domain.plans import Plans
from vutler_router.domain.routing import BUILT_IN_CATEGORIES, RouteCategory, RoutingRules
from vutler_router.routing.preference import DEFAULT_MODELS_AT, default_models
from vutler_router.services.routing.decision import Classifier
from vutler_router.services.routing.model_classifier import ModelClassifier
from vutler_router.services.routing.rulebook import RuleBook
from vutler_router.settings import Settings

__all__ = ["rules_file", "rules_view"]


def rules_file(rules: RoutingRules) -> JsonObject:
    """Write what the administrator set."""
    return {
        "categories": [category_json(category) for category in rules.categories],
        "mappings": [mapping_json(mapping) for mapping in rules.mappings],
    }


def rules_view(
    settings: Settings, book: RuleBook, models: Mapping[Classifier, ModelClassifier], plans: Plans
) -> JsonObject:
    """Show everything by which models are chosen where an agent's own settings do not say otherwise."""
    rules = book.rules
    return {
        "version": book.version,
        "mode": settings.routing_mode.value,
        "tools": settings.routing_tools.value,
        "categories": [
            *({**category_json(_built_in(name, rules)), "built_in": True} for name in BUILT_IN_CATEGORIES),
            *({**category_json(_with_models(one, rules)), "built_in": False} for one in rules.categories),
        ],
        "mappings": [mapping_json(mapping) for mapping in rules.mappings],
        "classifiers": {
            classifier.value: {"provider": model.target.provider.value, "model": model.target.model}
            for classifier, model in models.items()
        },
        "defaults": {
            "tiers": {tier.id: _lists(default_models(tier, None)) for tier in plans if tier.routing},
            "providers": {provider.value: _lists(lists) for provider, lists in DEFAULT_MODELS_AT.items()},
        },
    }


def _built_in(name: str, rules: RoutingRules) -> RouteCategory:
    return _with_models(RouteCategory(name), rules)


def _with_models(category: RouteCategory, rules: RoutingRules) -> RouteCategory:
    """Show a category with the models that are in force for it."""
    mapping = rules.mapping(category.name)
    if mapping is None:
        return category
    return RouteCategory(
        category.name,
        mapping.models,
        category.keywords,
        category.description,
        category.examples,
        mapping.comparison,
    )


def _lists(models: Mapping[str, tuple[str, ...]]) -> JsonObject:
    return {category: list(listed) for category, listed in models.items()}
