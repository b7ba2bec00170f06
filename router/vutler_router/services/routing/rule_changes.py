"""The administrator's side of routing: categories and the models of each, checked before they are kept."""

from collections.abc import Sequence
from dataclasses import replace

from vutler_router.domain.routing import (
    BUILT_IN_CATEGORIES,
    ModelMapping,
    RouteCategory,
    RoutingRules,
)
from vutler_router.errors import Conflict, InvalidRequest, NotFound
from vutler_router.services.routing.category_checks import (
    MOST_CATEGORIES,
    check_all_once,
    checked_category,
    checked_comparison,
    checked_models,
)
from vutler_router.services.routing.model_names import ModelNames
from vutler_router.services.routing.rulebook import RuleBook

__all__ = ["RuleChanges"]


class RuleChanges:
    """Changes the rules; a change holds here at once and on every other router process within two seconds."""

    def __init__(self, book: RuleBook, names: ModelNames) -> None:
        self._book = book
        self._names = names

    async def add(self, category: RouteCategory) -> RouteCategory:
        """Keep a new category.

        Raises:
            InvalidRequest: It is not one, or nobody knows one of its models; `param` names the field.
            Conflict: There is one of that name.
        """
        checked = self._checked(category)

        def added(rules: RoutingRules) -> RoutingRules:
            if rules.category(checked.name) is not None:
                raise Conflict(
                    f"There is a category {checked.name} already; change it with PUT /config/category/{checked.name}.",
                    code="category_exists",
                    param="name",
                )
            return _bounded(replace(rules, categories=(*rules.categories, checked)))

        await self._book.change(added)
        return checked

    async def replace(self, category: RouteCategory) -> RouteCategory:
        """Put a category in the place of the one of its name. Raises what `add` raises, and `NotFound`."""
        checked = self._checked(category)

        def replaced(rules: RoutingRules) -> RoutingRules:
            _known(rules, checked.name)
            kept = tuple(checked if one.name == checked.name else one for one in rules.categories)
            return replace(rules, categories=kept)

        await self._book.change(replaced)
        return checked

    async def remove(self, name: str) -> None:
        """Forget a category, and the models that were mapped to it.

        Raises:
            NotFound: There is none of that name.
            Conflict: It is built in.
        """
        if name in BUILT_IN_CATEGORIES:
            raise Conflict(
                f"{name} is built in and stays; to use other models for it, POST /config/model-mapping.",
                code="category_built_in",
                param="name",
            )

        def removed(rules: RoutingRules) -> RoutingRules:
            _known(rules, name)
            return RoutingRules(
                tuple(one for one in rules.categories if one.name != name),
                tuple(one for one in rules.mappings if one.category != name),
            )

        await self._book.change(removed)

    async def map(self, mapping: ModelMapping) -> ModelMapping:
        """Set the models of a category, in place of those it has.

        Raises:
            InvalidRequest: There is no such category, or nobody knows a model; `param` names the field.
        """
        checked = self._checked_mapping(mapping)

        def mapped(rules: RoutingRules) -> RoutingRules:
            if checked.category not in rules.names:
                raise InvalidRequest(
                    f"There is no category of that name; there are: {', '.join(rules.names)}. Add one with "
                    f"POST /config/category.",
                    code="unknown_category",
                    param="category",
                )
            others = tuple(one for one in rules.mappings if one.category != checked.category)
            return replace(rules, mappings=(*others, checked))

        await self._book.change(mapped)
        return checked

    async def unmap(self, category: str) -> None:
        """Let a category have the models again that it has by itself. Raises `NotFound`."""

        def unmapped(rules: RoutingRules) -> RoutingRules:
            others = tuple(one for one in rules.mappings if one.category != category)
            if len(others) == len(rules.mappings):
                raise NotFound(f"No models are mapped to a category {category}.", code="mapping_not_found")
            return replace(rules, mappings=others)

        await self._book.change(unmapped)

    async def put(self, categories: Sequence[RouteCategory], mappings: Sequence[ModelMapping]) -> RoutingRules:
        """Put these rules in the place of all there are.

        Raises:
            InvalidRequest: One of them is wrong, there are two of a name, or nobody knows a model; `param` names it.
        """
        rules = RoutingRules(
            tuple(self._checked(one, f"categories[{place}].") for place, one in enumerate(categories)),
            tuple(self._checked_mapping(one, f"mappings[{place}].") for place, one in enumerate(mappings)),
        )
        check_all_once([one.name for one in rules.categories], "categories", "name")
        check_all_once([one.category for one in rules.mappings], "mappings", "category")
        for place, one in enumerate(rules.mappings):
            if one.category not in rules.names:
                raise InvalidRequest(
                    "There is no category of that name among categories.",
                    code="unknown_category",
                    param=f"mappings[{place}].category",
                )
        return await self._book.change(lambda _: _bounded(rules))

    def _checked(self, category: RouteCategory, prefix: str = "") -> RouteCategory:
        if category.name in BUILT_IN_CATEGORIES:
            raise InvalidRequest(
                f"{category.name} is built in; to use other models for it, POST /config/model-mapping.",
                code="category_built_in",
                param=f"{prefix}name",
            )
        checked = checked_category(category, prefix)
        self._check_models(ModelMapping(checked.name, checked.models, checked.comparison), prefix)
        return checked

    def _checked_mapping(self, mapping: ModelMapping, prefix: str = "") -> ModelMapping:
        models = checked_models(mapping.models, prefix)
        comparison = checked_comparison(mapping.comparison, models, prefix)
        checked = ModelMapping(mapping.category, models, comparison)
        self._check_models(checked, prefix)
        return checked

    def _check_models(self, mapping: ModelMapping, prefix: str) -> None:
        for place, model in enumerate(mapping.models):
            self._names.check(model, f"{prefix}models[{place}]")
        if mapping.comparison is not None:
            self._names.check(mapping.comparison.model, f"{prefix}comparison.model")


def _known(rules: RoutingRules, name: str) -> RouteCategory:
    found = rules.category(name)
    if found is None:
        raise NotFound(f"There is no category {name} of your own.", code="category_not_found")
    return found


def _bounded(rules: RoutingRules) -> RoutingRules:
    if len(rules.categories) > MOST_CATEGORIES:
        raise InvalidRequest(f"At most {MOST_CATEGORIES} categories of your own are possible.", param="categories")
    return rules
