import json
from typing import Any

import pytest
from jsonschema_rs import Draft7Validator

from hack.openclaw_schema import reduce_schema, render_schema

SECRET = {
    "title": "A secret",
    "anyOf": [
        {"type": "string", "description": "in clear"},
        {"type": "object", "properties": {"id": {"type": "string", "pattern": "^[^\\0]+$"}}, "required": ["id"]},
    ],
}
PRINTED: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "All",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "title": {"type": "string", "default": "x"},
        "level": {"enum": ["title", "description"]},
        "a": SECRET,
        "b": SECRET,
        "channels": {"type": "object", "additionalProperties": True, "properties": {"x": {"type": "object"}}},
        "plugins": {"properties": {"y": {"$ref": "#/$defs/nowhere"}}},
    },
    "required": ["title", "level"],
    "propertyNames": {"type": "string"},
}


def test_to_what_decides() -> None:
    assert reduce_schema(PRINTED)["properties"]["title"] == {"type": "string"}
    assert reduce_schema(PRINTED)["properties"]["level"] == PRINTED["properties"]["level"]
    assert reduce_schema(PRINTED)["required"] == ["level"]
    assert reduce_schema(PRINTED).keys() == {"type", "additionalProperties", "properties", "required"}


def test_with_each_part_once() -> None:
    text = render_schema(PRINTED)

    assert text.count("anyOf") == 1
    assert len(json.loads(text)["definitions"]) == 1


@pytest.mark.parametrize(
    ("config", "valid"),
    [
        ({"level": "title"}, True),
        ({"level": "title", "a": "s", "b": {"id": "s"}, "plugins": 1, "channels": {"x": {}}}, True),
        ({}, False),
        ({"level": "x"}, False),
        ({"level": "title", "a": {}}, False),
        ({"level": "title", "b": {"id": "\0"}}, False),
        ({"level": "title", "channels": {"z": {}}}, False),
        ({"level": "title", "zz": 1}, False),
    ],
)
def test_and_judges_as_before(config: dict[str, Any], *, valid: bool) -> None:
    assert Draft7Validator(json.loads(render_schema(PRINTED))).is_valid(config) is valid
