"""Write docs/reference/values.md from the chart's values.yaml: what each value is for is said once, beside it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

__all__ = ["PAGE", "VALUES", "Value", "read_values", "render_page"]

_REPOSITORY = Path(__file__).resolve().parents[2]
VALUES = _REPOSITORY / "charts" / "vutler" / "values.yaml"
PAGE = _REPOSITORY / "docs" / "reference" / "values.md"

_LONGEST_DEFAULT = 60
"""Longer defaults (the plans) are not readable in a table cell."""

_HEAD = """\
# Values of the chart

Generated from `charts/vutler/values.yaml` by `make docs`. A value that is not listed here is refused.

| Value | Default | What it is for |
|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Value:
    """One value that a user can set.

    Attributes:
        path: Its keys, joined by dots, as `--set` takes them.
        default: What it is when nobody sets it.
        purpose: The comment above it, in one line; empty when there is none.
    """

    path: str
    default: object
    purpose: str


def read_values(text: str) -> tuple[Value, ...]:
    """Read every settable value of a values file with its comment, in the file's order."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    return tuple(_values(root, (), text.splitlines()))


def render_page(values: tuple[Value, ...]) -> str:
    """Render the reference page."""
    rows = (f"| `{value.path}` | {_default(value.default)} | {_cell(value.purpose)} |" for value in values)
    return _HEAD + "\n".join(rows) + "\n"


def _values(node: yaml.Node | None, keys: tuple[str, ...], lines: list[str]) -> Iterator[Value]:
    if not isinstance(node, yaml.MappingNode):
        raise TypeError("a values file is a mapping")
    for key, child in node.value:
        path = (*keys, str(key.value))
        if isinstance(child, yaml.MappingNode) and not child.flow_style:
            yield from _values(child, path, lines)
        else:
            default = yaml.safe_load(yaml.serialize(child))
            yield Value(".".join(path), default, _comment_above(key.start_mark.line, lines))


def _comment_above(line: int, lines: list[str]) -> str:
    found: list[str] = []
    for text in reversed(lines[:line]):
        if not text.lstrip().startswith("#"):
            break
        found.append(text.strip().removeprefix("#").strip())
    return " ".join(reversed(found))


def _default(value: object) -> str:
    text = json.dumps(value)
    return f"`{_cell(text)}`" if len(text) <= _LONGEST_DEFAULT else "see the file"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> int:
    """Write the page."""
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(render_page(read_values(VALUES.read_text())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
