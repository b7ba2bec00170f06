from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from jsonschema import Draft7Validator

from tests.contract.chart.values import DEFAULTS, SCHEMA, leaves, resolve
from vutler_router.settings import KEYLESS, MANAGEABLE, ProviderName, RoutingMode, ToolsRule

VALIDATOR = Draft7Validator(SCHEMA)


def objects(schema: Any, where: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield where, schema
        for key, part in schema.items():
            yield from objects(part, f"{where}/{key}")


def problems(values: Mapping[str, Any]) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(values)]


def test_the_schema_is_a_schema() -> None:
    Draft7Validator.check_schema(SCHEMA)


def test_the_defaults_fit_the_schema() -> None:
    assert problems(DEFAULTS) == []


@pytest.mark.parametrize(("where", "schema"), [*objects(SCHEMA)])
def test_no_object_takes_unknown_keys(where: str, schema: Mapping[str, Any]) -> None:
    assert schema.get("additionalProperties") is False, where


def test_the_schema_knows_exactly_the_values_there_are() -> None:
    described: set[str] = set()

    def walk(schema: Mapping[str, Any], path: str) -> None:
        schema = resolve(schema)
        inner = schema.get("properties")
        if not inner or path == "scheduling.affinity":
            described.add(path)
            return
        for key, part in inner.items():
            walk(part, f"{path}.{key}".lstrip("."))

    walk(SCHEMA, "")
    assert described - {"global"} == set(leaves(DEFAULTS))


def test_managed_providers_are_those_the_router_knows() -> None:
    managed = SCHEMA["properties"]["managed"]["properties"]
    assert set(managed["provider"]["enum"]) == set(MANAGEABLE)
    assert names_in(managed["keys"]) == set(MANAGEABLE - KEYLESS)
    assert names_in(SCHEMA["properties"]["providerUrls"]) == set(MANAGEABLE - {ProviderName.ECHO})


def names_in(schema: Mapping[str, Any]) -> set[str]:
    (pattern,) = schema["patternProperties"]
    return set(str(pattern).removeprefix("^(").removesuffix(")$").split("|"))


def test_routing_modes_and_rules_for_tools_are_those_the_router_knows() -> None:
    routing = SCHEMA["properties"]["routing"]["properties"]
    assert set(routing["mode"]["enum"]) == {mode.value for mode in RoutingMode}
    assert set(routing["tools"]["enum"]) == {rule.value for rule in ToolsRule}


@pytest.mark.parametrize(
    "values",
    [
        {"replicas": 1},
        {"router": {"replica": 2}},
        {"router": {"resources": {"limits": {"cpus": 1}}}},
        {"router": {"replicas": "2"}},
        {"image": {"digest": "latest"}},
        {"database": {"url": "postgres://db/vutler"}},
        {"drive": {"url": "/data/files"}},
        {"managed": {"provider": "acme"}},
        {"managed": {"keys": {"openai": "sk-a-bare-key"}}},
        {"managed": {"keys": {"openai": {"value": "sk", "secretKeyRef": {"name": "a", "key": "b"}}}}},
        {"managed": {"keys": {"echo": {"value": "sk"}}}},
        {"providerUrls": {"openai": "ftp://example.com"}},
        {"allowedPrivateEndpoints": ["one,two"]},
        {"routing": {"mode": "off"}},
        {"routing": {"tools": "Sometimes"}},
        {"routing": {"apiModel": "gpt-4o-mini"}},
        {"routing": {"apiModel": "custom/gpt-4o-mini"}},
        {"routing": {"ollamaModel": ""}},
        {"routing": {"timeoutSeconds": 0}},
        {"routing": {"sure": 75}},
        {"tiers": [{**DEFAULTS["tiers"][0], "routing": {"Code": ["mistral/mistral-small"]}}]},
        {"tiers": [{**DEFAULTS["tiers"][0], "routing": {"code": []}}]},
        {"tiers": [{**DEFAULTS["tiers"][0], "routing": {"code": ["mistral-small"]}}]},
        {"tiers": [{"id": "economy", "name": "Starter"}]},
        {"prices": {"gpt-4o": {"input": 1, "output": 2}}},
        {"networkPolicy": {"allowFrom": [{}]}},
        {"persistence": {"size": "ten"}},
        {"scheduling": {"affinity": {"nodeAffinities": {}}}},
        {"watchNamespaces": ["Team_A"]},
    ],
    ids=str,
)
def test_a_value_that_cannot_be_meant_is_refused(values: Mapping[str, Any]) -> None:
    assert problems(values) != []
