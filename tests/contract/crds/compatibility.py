"""Finds what a new schema takes away from an old one: objects that were valid must stay so, and keep all they hold."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from typing_extensions import override

from tests.contract.crds.rules import Schema, fields

_LOWER: Final = ("minimum", "minLength", "minItems", "minProperties")
_UPPER: Final = ("maximum", "maxLength", "maxItems", "maxProperties")
_SAME: Final = (
    "type",
    "format",
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-map-type",
    "x-kubernetes-int-or-string",
    "x-kubernetes-preserve-unknown-fields",
    "nullable",
)


@dataclass(frozen=True, slots=True)
class Break:
    """Something that was possible and is not."""

    path: str
    what: str

    @override
    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


def breaks(old: Schema, new: Schema) -> Iterator[Break]:
    """Yield everything that the new schema refuses, drops or reads differently where the old one did not."""
    after = dict(fields(new))
    for path, before in fields(old):
        if path in after:
            yield from (Break(path, what) for what in _narrowed(before, after[path]))
        else:
            yield Break(path, "is gone")


def crd_breaks(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Break]:
    """Yield what is taken away from a whole CustomResourceDefinition."""
    for part in (("group",), ("scope",), ("names", "kind"), ("names", "plural"), ("names", "listKind")):
        if _at(old["spec"], part) != _at(new["spec"], part):
            yield Break(".".join(part), "is another")
    for version in old["spec"]["versions"]:
        found = next((other for other in new["spec"]["versions"] if other["name"] == version["name"]), None)
        if found is None or found["served"] < version["served"]:
            yield Break(version["name"], "is not served")
            continue
        if version.get("subresources", {}).keys() - found.get("subresources", {}).keys():
            yield Break(version["name"], "has lost a subresource")
        yield from breaks(version["schema"]["openAPIV3Schema"], found["schema"]["openAPIV3Schema"])


def known_part(node: Any, schema: Schema) -> Any:
    """Return an object without the fields that a schema does not have, as a server with that schema keeps it."""
    if isinstance(node, list):
        return [known_part(item, schema.get("items", {})) for item in node]
    if isinstance(node, dict) and "properties" in schema:
        known = schema["properties"]
        return {name: known_part(value, known[name]) for name, value in node.items() if name in known}
    if isinstance(node, dict):
        return {name: known_part(value, schema.get("additionalProperties", {})) for name, value in node.items()}
    return node


def _narrowed(old: Schema, new: Schema) -> Iterator[str]:
    yield from (f"{keyword} is another" for keyword in _SAME if old.get(keyword) != new.get(keyword))
    yield from (f"{name} is required" for name in set(new.get("required", ())) - set(old.get("required", ())))
    yield from _bounds(old, new, _LOWER, lambda before, after: after > before)
    yield from _bounds(old, new, _UPPER, lambda before, after: after < before)
    if "enum" in new and ("enum" not in old or set(old["enum"]) - set(new["enum"])):
        yield f"enum {new['enum']}"
    yield from (f"{key} {new[key]}" for key in ("pattern", "not") if key in new and old.get(key) != new[key])
    known = {rule["rule"] for rule in old.get("x-kubernetes-validations", ())}
    yield from (
        f"rule: {rule['message']}" for rule in new.get("x-kubernetes-validations", ()) if rule["rule"] not in known
    )
    if "default" in old and old["default"] != new.get("default"):
        yield "default is another"


def _bounds(
    old: Schema, new: Schema, keywords: tuple[str, ...], is_narrower: Callable[[float, float], bool]
) -> Iterator[str]:
    for keyword in keywords:
        if keyword in new and (keyword not in old or is_narrower(old[keyword], new[keyword])):
            yield f"{keyword} {new[keyword]}"


def _at(node: Any, part: tuple[str, ...]) -> Any:
    for name in part:
        node = node[name]
    return node
