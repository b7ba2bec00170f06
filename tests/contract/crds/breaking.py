"""Break a rule of JSON schema in a manifest that is otherwise valid."""

import copy
from collections.abc import Iterator
from typing import Any

from tests.contract.crds.rules import Rule

Node = Any
"""A part of a decoded JSON document."""


def break_rule(rule: Rule, whole: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], str]:
    """Return a manifest that breaks the rule and nothing else, and the field that the refusal must name.

    Raises:
        LookupError: no manifest of the kind has the rule's field set.
    """
    for manifest in whole:
        if manifest["kind"] == rule.kind:
            broken = copy.deepcopy(manifest)
            for parent, key, field in _places(broken, rule.path.split("."), ""):
                parent[key], suffix = _broken(rule, parent[key])
                return broken, field + suffix
    raise LookupError(f"set {rule.path} of {rule.kind} in tests/contract/crds/whole.py")


def _places(node: Node, path: list[str], field: str) -> Iterator[tuple[Node, str | int, str]]:
    """Yield container, key and field name of everything at a path."""
    name, *rest = path
    keys: list[str | int]
    if name == "[]":
        keys = list(range(len(node))) if isinstance(node, list) else []
    elif name == "*":
        keys = list(node) if isinstance(node, dict) else []
    else:
        keys = [name] if isinstance(node, dict) and name in node else []
    for key in keys:
        there = f"{field}[{key}]" if isinstance(key, int) else f"{field}.{key}".lstrip(".")
        if rest:
            yield from _places(node[key], rest, there)
        else:
            yield node, key, there


def _broken(rule: Rule, value: Node) -> tuple[Node, str]:  # noqa: PLR0911  one return per keyword is the clearest
    """Return what to put in a value's place, and what it adds to the field's name."""
    match rule.keyword:
        case "required":
            return {name: kept for name, kept in value.items() if name != rule.argument}, f".{rule.argument}"
        case "enum" | "pattern" | "date-time":
            return "not this one!", ""
        case "minimum":
            return rule.argument - 1, ""
        case "maximum":
            return rule.argument + 1, ""
        case "minLength" | "maxLength":
            return "a" * (rule.argument + (1 if rule.keyword == "maxLength" else -1)), ""
        case "minItems":
            return [], ""
        case "maxItems":
            return [_another(value[0], number) for number in range(rule.argument + 1)], ""
        case "maxProperties":
            sample = next(iter(value.values()))
            return {f"k{number}": sample for number in range(rule.argument + 1)}, ""
        case "unique":
            return [*value, value[0]], f"[{len(value)}]"
        case unknown:
            raise LookupError(f"no way to break {unknown} is known: state it in a case of its own")


def _another(item: Node, number: int) -> Node:
    """Return an item like another that no list takes for the same."""
    if isinstance(item, dict):
        return {**item, "name": f"n{number}"} if "name" in item else item
    return f"{item}{number}"
