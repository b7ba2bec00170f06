"""What a category must fulfil before it is kept; the bounds are those of the CRD."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from vutler_router.domain.routing import BUILT_IN_CATEGORIES, Comparison, RouteCategory, RoutingSettings
from vutler_router.errors import InvalidRequest

__all__ = [
    "MOST_CATEGORIES",
    "check_all_once",
    "checked_category",
    "checked_comparison",
    "checked_models",
    "checked_routing",
]

MOST_CATEGORIES: Final = 32
_NAME: Final = re.compile(r"[a-z0-9](?:[-_a-z0-9]{0,61}[a-z0-9])?")
_MOST: Final = {"models": 16, "keywords": 256, "examples": 64}
_LONGEST: Final = {"models": 256, "keywords": 128, "description": 1024, "examples": 1024}
_PERCENT: Final = range(1, 100)


def checked_category(category: RouteCategory, prefix: str = "") -> RouteCategory:
    """Return a category as it is kept: without blanks around its texts, and nothing twice.

    Args:
        category: As it was sent.
        prefix: What stands before the fields' names in complaints.

    Raises:
        InvalidRequest: A field is empty, too long, or does not say what belongs to the category; `param` names it.
    """
    _checked_name(category.name, f"{prefix}name")
    found = replace(
        category,
        models=_texts(category.models, "models", prefix),
        keywords=_texts(category.keywords, "keywords", prefix),
        description=_bounded(category.description.strip(), "description", f"{prefix}description"),
        examples=_texts(category.examples, "examples", prefix),
    )
    told = found.keywords or found.description or found.examples
    if found.name not in BUILT_IN_CATEGORIES and not told:
        raise InvalidRequest(
            "A category of your own must be recognisable; add keywords, a description or examples.",
            param=f"{prefix}keywords",
        )
    return replace(found, comparison=checked_comparison(found.comparison, found.models, prefix))


def checked_models(models: Sequence[str], prefix: str = "") -> tuple[str, ...]:
    """Return a list of models, at least one. Raises `InvalidRequest`."""
    found = _texts(models, "models", prefix)
    if not found:
        raise InvalidRequest(
            "Name at least one model, for example openai/gpt-4o-mini; to go back to the defaults, "
            "DELETE /config/model-mapping/{category}.",
            param=f"{prefix}models",
        )
    return found


def checked_comparison(comparison: Comparison | None, models: Sequence[str], prefix: str = "") -> Comparison | None:
    """Return a comparison that makes sense beside these models. Raises `InvalidRequest`."""
    if comparison is None:
        return None
    model = _bounded(comparison.model.strip(), "models", f"{prefix}comparison.model")
    if not model or not models or model == models[0]:
        raise InvalidRequest(
            "A comparison needs a model other than the first of models.", param=f"{prefix}comparison.model"
        )
    if comparison.percent not in _PERCENT:
        raise InvalidRequest(
            "percent is the share of conversations that the second model answers, 1 to 99.",
            param=f"{prefix}comparison.percent",
        )
    return Comparison(model, comparison.percent)


def checked_routing(routing: RoutingSettings | None, prefix: str) -> RoutingSettings | None:
    """Return an agent's own routing as it is kept. Raises `InvalidRequest`."""
    if routing is None:
        return None
    if len(routing.categories) > MOST_CATEGORIES:
        raise InvalidRequest(f"At most {MOST_CATEGORIES} categories are possible.", param=f"{prefix}categories")
    found = tuple(
        checked_category(one, f"{prefix}categories[{place}].") for place, one in enumerate(routing.categories)
    )
    check_all_once([one.name for one in found], f"{prefix}categories", "name")
    return replace(routing, categories=found)


def check_all_once(names: Sequence[str], things: str, field: str) -> None:
    """Refuse a name that is given twice. Raises `InvalidRequest`."""
    for place, name in enumerate(names):
        if name in names[:place]:
            raise InvalidRequest(f"{name} is given twice.", param=f"{things}[{place}].{field}")


def _texts(texts: Sequence[str], name: str, prefix: str) -> tuple[str, ...]:
    """Return texts, each once and none empty."""
    if len(texts) > _MOST[name]:
        raise InvalidRequest(f"At most {_MOST[name]} {name} are possible.", param=f"{prefix}{name}")
    found = [_bounded(text.strip(), name, f"{prefix}{name}[{place}]") for place, text in enumerate(texts)]
    for place, text in enumerate(found):
        if not text:
            raise InvalidRequest("This entry is empty; take it out.", param=f"{prefix}{name}[{place}]")
    return tuple(dict.fromkeys(found))


def _bounded(text: str, name: str, param: str) -> str:
    if len(text) > _LONGEST[name]:
        raise InvalidRequest(f"This is longer than {_LONGEST[name]} characters.", param=param)
    if not text.isprintable() and name == "models":
        raise InvalidRequest("This is no model's name.", param=param)
    return text


def _checked_name(name: str, param: str) -> str:
    """Return a category's name. Raises `InvalidRequest`."""
    if not _NAME.fullmatch(name):
        raise InvalidRequest(
            "The name of a category has 1 to 63 lower-case letters, digits, '-' and '_', for example invoices.",
            code="invalid_name",
            param=param,
        )
    return name
