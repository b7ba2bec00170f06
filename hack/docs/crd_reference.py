"""Write `docs/reference/crds.md` from the CRDs.

Run `python -m hack.docs.crd_reference` after a change of `crds/`; a test fails until it was run.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference" / "crds.md"
KINDS = ("agent", "llmconfig", "agenttemplate")

INTRODUCTION = """\
# The resources

Written by `python -m hack.docs.crd_reference` from `crds/`: change those, then run it. The same is shown by
`kubectl explain agent.spec`, `kubectl explain llmconfig.spec` and `kubectl explain agenttemplate.spec`.

`[]` is an item of a list, `*` a value of a map. A field in **bold** must be given.
"""

SAME_AS_AGENT = (
    "Everything below `spec.agent` is as in the [Agent's](#agent) `spec`, but for `templateRef`, which is refused."
)

BOUNDS = {
    "enum": "one of {}",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "maxLength": "at most {} characters",
    "minItems": "at least {} item",
    "maxItems": "at most {} items",
    "maxProperties": "at most {} entries",
    "default": "default {}",
}
"""How the bounds of a field are put into words; lengths of at least one go without saying."""

Schema = Mapping[str, Any]


def render_reference(crds: tuple[Schema, ...]) -> str:
    """Return the reference of some CRDs as Markdown."""
    return "\n".join((INTRODUCTION, *(line for crd in crds for line in _chapter(crd["spec"]))))


def _chapter(crd: Schema) -> Iterator[str]:
    names, version = crd["names"], crd["versions"][0]
    root = version["schema"]["openAPIV3Schema"]
    columns = [column["name"] for column in version["additionalPrinterColumns"]]
    yield f"## {names['kind']}\n"
    yield f"{root['description']}\n"
    yield f"`{crd['group']}/{version['name']}`, short name `{names['shortNames'][0]}`, in a namespace."
    yield f"`kubectl get {names['plural']} -o wide` shows: {', '.join(columns)}.\n"
    for part in ("spec", "status"):
        if part in root["properties"]:
            yield from _table(part, root, of_template=names["kind"] == "AgentTemplate")
    yield from _rules(root, of_template=names["kind"] == "AgentTemplate")


def _table(part: str, root: Schema, *, of_template: bool) -> Iterator[str]:
    schema = root["properties"][part]
    yield f"### `{part}`\n"
    yield f"{schema['description']}\n"
    if of_template:
        yield f"{SAME_AS_AGENT}\n"
    yield "| Field | Type | What it is |"
    yield "|---|---|---|"
    for path, node, required in _fields(schema, part):
        if not (of_template and path.startswith("spec.agent.")):
            name = f"**`{path}`**" if required else f"`{path}`"
            yield f"| {name} | {_type(node)} | {_cell(node)} |"
    yield ""


def _rules(root: Schema, *, of_template: bool) -> Iterator[str]:
    nodes = [("metadata", root, False), *_fields(root["properties"]["spec"], "spec", itself=True)]
    found = [
        (path, rule["message"])
        for path, node, _ in nodes
        if not (of_template and path.startswith("spec.agent."))
        for rule in node.get("x-kubernetes-validations", [])
        if not (of_template and path == "spec.agent" and "templateRef" not in rule["rule"])
    ]
    yield "### What is refused\n"
    yield "| Where | The answer |"
    yield "|---|---|"
    for path, message in found:
        yield f"| `{path}` | {_escaped(message)} |"
    yield ""


def _fields(schema: Schema, path: str, *, itself: bool = False) -> Iterator[tuple[str, Schema, bool]]:
    """Yield path, schema and whether it must be given, of everything below a schema."""
    if itself:
        yield path, schema, False
    required = schema.get("required", [])
    for name, child in schema.get("properties", {}).items():
        yield f"{path}.{name}", child, name in required
        yield from _fields(child, f"{path}.{name}")
    for key, mark in (("items", "[]"), ("additionalProperties", "*")):
        if key in schema:
            separator = "" if mark == "[]" else "."
            yield f"{path}{separator}{mark}", schema[key], False
            yield from _fields(schema[key], f"{path}{separator}{mark}")


def _type(node: Schema) -> str:
    if node.get("x-kubernetes-int-or-string"):
        return "string or integer"
    if "type" not in node:
        return "string or object"
    return "map" if "additionalProperties" in node else str(node["type"])


def _cell(node: Schema) -> str:
    """Put a field's description and bounds into one table cell."""
    bounds = [wording.format(_value(node[keyword])) for keyword, wording in BOUNDS.items() if _says(node, keyword)]
    text = node["description"]
    return _escaped(f"{text} ({'; '.join(bounds)})" if bounds else text)


def _says(node: Schema, keyword: str) -> bool:
    """Say whether a keyword bounds the field; on an untyped one, most only keep other types out."""
    return keyword in node and ("type" in node or keyword == "maxLength")


def _value(value: object) -> str:
    return ", ".join(f"`{item}`" for item in value) if isinstance(value, list) else str(value)


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def read_crds() -> tuple[Schema, ...]:
    """Return the project's CRDs in the order of the reference."""
    return tuple(yaml.safe_load((ROOT / "crds" / f"{kind}.yaml").read_text()) for kind in KINDS)


def main() -> None:
    """Write the file."""
    REFERENCE.parent.mkdir(parents=True, exist_ok=True)
    REFERENCE.write_text(render_reference(read_crds()))
    print(f"wrote {REFERENCE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
