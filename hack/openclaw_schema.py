"""`python3 -m hack.openclaw_schema`: write what the operator knows of OpenClaw's settings.

OpenClaw prints the JSON Schema of its configuration (`openclaw config schema --json`, 2.4 MB, most of it words for a
settings page). What the operator needs to judge a configuration is kept, each part that occurs several times once.
Run it after the pinned version changed (`hack/images/openclaw/package.json`); a test fails until it was run.
"""

from __future__ import annotations

import collections
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from hack.cluster.progress import Progress
from hack.images.cache import Cache
from hack.images.errors import ImageError
from hack.images.openclaw_home import openclaw_home

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "operator/vutler_operator/openclaw"
_PINS: Final = ROOT / "hack/images/openclaw/package.json"

_WORDS: Final = frozenset({"$schema", "title", "description", "default", "format"})
"""What decides nothing here; formats are what JavaScript takes for a URL."""
_ANY_NAME: Final = {"type": "string"}
_NAMED: Final = frozenset({"properties", "patternProperties", "$defs", "definitions"})
"""Keywords whose value is a map from names to schemas."""
_DATA: Final = frozenset({"enum", "const", "required"})
"""Keywords whose value is no schema."""
_WORTH_SHARING: Final = 100
"""Characters from which a part that occurs again is written once and referred to."""

Schema = Any
"""A JSON schema or a part of one."""


def main() -> int:
    """Write the file of the pinned version and remove those of others."""
    try:
        home = openclaw_home(Cache.of_this_user(), Progress())
    except ImageError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    path = FOLDER / f"schema-{pinned_version()}.json"
    path.write_text(render_schema(print_schema(home / "bin/openclaw")))
    for other in set(FOLDER.glob("schema-*.json")) - {path}:
        other.unlink()
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} KB")
    return 0


def pinned_version() -> str:
    """Return the version of OpenClaw that images, tests and the operator's default are made for."""
    return str(json.loads(_PINS.read_text())["dependencies"]["openclaw"])


def print_schema(openclaw: Path) -> Schema:
    """Let OpenClaw print its schema."""
    done = subprocess.run([str(openclaw), "config", "schema", "--json"], check=True, capture_output=True, timeout=120)
    return json.loads(done.stdout[done.stdout.index(b"{") :])


def render_schema(printed: Schema) -> str:
    """Return the file's text for a schema as printed: a line for each section and each shared part."""
    schema = reduce_schema(printed)
    # Vutler sets it and an Agent cannot; plugins bring references that lead nowhere in the whole.
    schema["properties"]["plugins"] = True
    # OpenClaw refuses a channel that no plugin of its own brings; its schema does not say so.
    schema["properties"]["channels"]["additionalProperties"] = False
    lines = []
    whole = _share(schema)
    for name in ("definitions", "properties"):
        entries = ",\n".join(f"{_compact(key)}:{_compact(value)}" for key, value in whole.pop(name).items())
        lines.append(f"{_compact(name)}:{{\n{entries}\n}}")
    rest = _compact(whole)[1:-1]
    return "{" + ",\n".join([rest, *lines]) + "}\n"


def reduce_schema(schema: Schema) -> Schema:
    """Keep of a schema what decides whether a configuration is valid."""
    if isinstance(schema, list):
        return [reduce_schema(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    reduced = {key: _reduced(key, value) for key, value in schema.items() if key not in _WORDS}
    if isinstance(schema.get("required"), list):
        # What has a default may be left out: the schema is that of a configuration already filled in.
        filled = {name for name, part in schema.get("properties", {}).items() if "default" in part}
        reduced["required"] = [name for name in schema["required"] if name not in filled]
    return {key: value for key, value in reduced.items() if not _says_nothing(key, value)}


def _says_nothing(key: str, value: Schema) -> bool:
    return (key == "propertyNames" and value == _ANY_NAME) or (key in {"required", "allOf"} and not value)


def _reduced(key: str, value: Schema) -> Schema:
    if key in _NAMED:
        return {name: reduce_schema(part) for name, part in sorted(value.items())}
    if key == "pattern":
        # JavaScript's NUL is no NUL elsewhere.
        return value.replace("\\0", "\\x00")
    return value if key in _DATA else reduce_schema(value)


def _share(schema: Schema) -> Schema:
    """Write parts that occur several times once, under `definitions`."""
    counts: collections.Counter[str] = collections.Counter()
    _count(schema, counts)
    often = [text for text, count in counts.items() if count > 1 and len(text) >= _WORTH_SHARING]
    names = {text: hashlib.sha256(text.encode()).hexdigest()[:8] for text in often}
    definitions = {name: _referring(json.loads(text), names, whole=True) for text, name in names.items()}
    shared = _referring(schema, names, whole=True)
    used: set[str] = set()
    _collect(shared, definitions, used)
    return shared | {"definitions": {name: definitions[name] for name in sorted(used)}}


def _parts(schema: Schema) -> list[Schema]:
    """Return the schemas directly inside a schema."""
    found: list[Schema] = []
    for key, value in schema.items() if isinstance(schema, dict) else ():
        if key in _NAMED:
            found.extend(value.values())
        elif key not in _DATA:
            found.extend(value if isinstance(value, list) else [value])
    return [part for part in found if isinstance(part, dict)]


def _count(schema: Schema, counts: collections.Counter[str]) -> None:
    for part in _parts(schema):
        text = _compact(part)
        counts[text] += 1
        if counts[text] == 1:
            _count(part, counts)


def _referring(schema: Schema, names: dict[str, str], *, whole: bool = False) -> Schema:
    if isinstance(schema, list):
        return [_referring(part, names) for part in schema]
    if not isinstance(schema, dict):
        return schema
    name = None if whole else names.get(_compact(schema))
    if name is not None:
        return {"$ref": f"#/definitions/{name}"}
    return {key: _referring_below(key, value, names) for key, value in schema.items()}


def _referring_below(key: str, value: Schema, names: dict[str, str]) -> Schema:
    if key in _NAMED:
        return {name: _referring(part, names) for name, part in value.items()}
    return value if key in _DATA else _referring(value, names)


def _collect(schema: Schema, definitions: dict[str, Schema], used: set[str]) -> None:
    reference = schema.get("$ref", "") if isinstance(schema, dict) else ""
    name = reference.removeprefix("#/definitions/")
    if name in definitions and name not in used:
        used.add(name)
        _collect(definitions[name], definitions, used)
    for part in _parts(schema):
        _collect(part, definitions, used)


def _compact(value: Schema) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main())
