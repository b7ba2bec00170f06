"""JSON schemas in the form that Anthropic's structured outputs take."""

from collections.abc import Mapping
from typing import Final

import orjson

from vutler_router.errors import InvalidRequest

__all__ = ["closed_schema"]

_KEPT: Final = frozenset({"$ref", "const", "description", "enum", "required", "title", "type"})
_FORMATS: Final = frozenset(
    {"date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "time", "uri", "uuid"}
)
_FEWEST_ITEMS: Final = (0, 1)


def closed_schema(schema: object, field: str) -> dict[str, object]:
    """Return a schema that the API can enforce: objects closed, what it cannot enforce said in the description.

    Bounds on numbers, lengths and the like are not supported by structured outputs; Anthropic's own client puts them
    into the description as well, where the model reads them ("Structured outputs").

    Raises:
        InvalidRequest: it is no schema, or leaves an object open; `param` is `field`.
    """
    if not isinstance(schema, dict):
        raise InvalidRequest(f"`{field}` must be a JSON schema.", param=field)
    closed: dict[str, object] = {}
    notes: dict[str, object] = {}
    for name, value in schema.items():
        if name in _KEPT:
            closed[name] = value
        elif name in {"properties", "$defs", "definitions"}:
            closed[name] = _each(value, field)
        elif name == "items":
            closed[name] = closed_schema(value, field)
        elif name in {"anyOf", "oneOf", "allOf"}:
            closed["anyOf" if name == "oneOf" else name] = _all(value, field)
        elif (name == "format" and value in _FORMATS) or (name == "minItems" and value in _FEWEST_ITEMS):
            closed[name] = value
        elif name not in {"additionalProperties", "$schema", "$id"}:
            notes[name] = value
    _close(closed, schema, field)
    if notes:
        said = orjson.dumps(notes).decode()
        closed["description"] = f"{closed['description']}\n\n{said}" if closed.get("description") else said
    return closed


def _close(closed: dict[str, object], schema: Mapping[str, object], field: str) -> None:
    """Say that an object has no other properties, which the API insists on."""
    others = schema.get("additionalProperties")
    if others is not None and others is not False:
        raise InvalidRequest(
            f"`{field}` has an object with `additionalProperties`: Anthropic's structured outputs take closed objects.",
            param=field,
        )
    if closed.get("type") == "object" or "properties" in closed:
        closed["additionalProperties"] = False


def _each(value: object, field: str) -> dict[str, object]:
    return {name: closed_schema(one, field) for name, one in value.items()} if isinstance(value, dict) else {}


def _all(value: object, field: str) -> list[dict[str, object]]:
    return [closed_schema(one, field) for one in value] if isinstance(value, list) else []
