"""The chart's values and their schema, as files."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from tests.support.helm import CHART

__all__ = ["DEFAULTS", "REFERENCE", "SCHEMA", "leaves", "references", "resolve"]

DEFAULTS: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text())
SCHEMA: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text())

REFERENCE = re.compile(r"(toYaml\s+)?(?:\$|\.root)?\.Values((?:\.[A-Za-z][A-Za-z0-9]*)+)")
"""A template's use of a value; `toYaml` takes the whole tree below it."""


def leaves(tree: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the path of every value that a user can set, as `--set` takes it."""
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, (*above, key))
        else:
            yield ".".join((*above, key))


def references() -> tuple[tuple[str, bool], ...]:
    """Return each path that a template reads, and whether it takes all below it."""
    found: list[tuple[str, bool]] = []
    for template in (CHART / "templates").rglob("*.*"):
        text = template.read_text()
        found += [(match[2].removeprefix("."), bool(match[1])) for match in REFERENCE.finditer(text)]
    return tuple(dict.fromkeys(found))


def resolve(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a `$ref` into the schema's definitions."""
    reference = schema.get("$ref")
    if reference is None:
        return schema
    definition: Mapping[str, Any] = SCHEMA["definitions"][str(reference).removeprefix("#/definitions/")]
    return definition
