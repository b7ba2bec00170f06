"""List every rule that the CRDs state, by walking their schemas."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from typing_extensions import override

from tests.support.api_server import CRDS

KINDS = {"Agent": "agent.yaml", "LLMConfig": "llmconfig.yaml", "AgentTemplate": "agenttemplate.yaml"}

LIMITS = (
    "enum", "pattern", "not", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "maxProperties",
)  # fmt: skip
"""Keywords of JSON schema that refuse a value."""

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that a resource may not do.

    Attributes:
        kind: The resource.
        path: Where: names joined by dots, `[]` an item of a list, `*` a value of a map.
        keyword: One of LIMITS, `required`, `unique`, `date-time`, or `cel`.
        argument: What the keyword says: the missing field's name, the bound, the CEL rule's message.
    """

    kind: str
    path: str
    keyword: str
    argument: Any

    @override
    def __str__(self) -> str:
        """Name the rule in a test's id."""
        return f"{self.kind} {self.path} {self.keyword} {self.argument}"[:120]


def schema(kind: str) -> Schema:
    """Return the schema of a resource's only version."""
    crd = yaml.safe_load((CRDS / KINDS[kind]).read_text())
    found: Schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return found


def rules(kind: str) -> list[Rule]:
    """Return all rules of a resource."""
    return [rule for path, node in fields(schema(kind)) for rule in _rules_at(kind, path, node)]


def fields(node: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Yield the path and schema of everything in a schema, the root (path "") first."""
    yield path, node
    for name, child in node.get("properties", {}).items():
        yield from fields(child, f"{path}.{name}".lstrip("."))
    if "items" in node:
        yield from fields(node["items"], f"{path}.[]")
    if "additionalProperties" in node:
        yield from fields(node["additionalProperties"], f"{path}.*")


def _rules_at(kind: str, path: str, node: Schema) -> Iterator[Rule]:
    for keyword in LIMITS:
        if keyword in node:
            yield Rule(kind, path, keyword, node[keyword])
    for name in node.get("required", []):
        yield Rule(kind, path, "required", name)
    if node.get("x-kubernetes-list-type") in {"set", "map"}:
        yield Rule(kind, path, "unique", node.get("x-kubernetes-list-map-keys", ["itself"])[0])
    if node.get("format") == "date-time":
        yield Rule(kind, path, "date-time", "")
    for rule in node.get("x-kubernetes-validations", []):
        yield Rule(kind, path, "cel", rule["message"])
