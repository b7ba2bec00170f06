"""Reads a YAML or JSON file of settings so that every complaint can name its line and field."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final, Never

import yaml

from vutler_router.errors import BrokenFile

__all__ = ["Field", "read_document"]

_LOADER: Final = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
"""The one in C reads the built-in prices in 10 ms instead of 100; the other is for wheels built without it."""


class Field:
    """One value of a document with the place it stands at.

    Every reading method raises `BrokenFile` with file, line and field when the value is not what is asked for.
    """

    def __init__(self, node: yaml.Node, file: str, path: str = "") -> None:
        self._node = node
        self._file = file
        self._path = path

    def refuse(self, problem: str) -> Never:
        """Complain about this value."""
        line = self._node.start_mark.line + 1
        where = f"{self._path}: " if self._path else ""
        raise BrokenFile(f"{self._file}, line {line}: {where}{problem}")

    def items(self) -> Sequence["Field"]:
        """Return the entries of a list."""
        if not isinstance(self._node, yaml.SequenceNode):
            self.refuse("must be a list")
        return [Field(node, self._file, f"{self._path}[{index}]") for index, node in enumerate(self._node.value)]

    def fields(self, required: Collection[str] = (), optional: Collection[str] | None = None) -> Mapping[str, "Field"]:
        """Return the entries of a mapping.

        Args:
            required: Names that must be there.
            optional: The only other names allowed; None allows any.
        """
        if not isinstance(self._node, yaml.MappingNode):
            self.refuse("must be a mapping of names to values")
        found: dict[str, Field] = {}
        for key, node in self._node.value:
            name = str(key.value)
            entry = Field(node, self._file, f"{self._path}.{name}".lstrip("."))
            if name in found:
                entry.refuse("is given twice")
            if optional is not None and name not in {*required, *optional}:
                entry.refuse(f"is unknown; known are {', '.join(sorted({*required, *optional}))}")
            found[name] = entry
        for name in required:
            if name not in found:
                self.refuse(f"lacks {name}")
        return found

    @property
    def is_list(self) -> bool:
        """Whether this is a list."""
        return isinstance(self._node, yaml.SequenceNode)

    def text(self) -> str:
        """Return a text that is not empty."""
        if not isinstance(self._node, yaml.ScalarNode) or not self._node.value.strip():
            self.refuse("must be a text")
        return str(self._node.value).strip()

    def amount(self) -> Decimal:
        """Return a decimal number of zero or more, exactly as written."""
        try:
            number = Decimal(self.text().replace("_", ""))
        except InvalidOperation:
            self.refuse("must be a number")
        if not number.is_finite() or number < 0:
            self.refuse("must be zero or more")
        return number

    def count(self) -> int:
        """Return a whole number of zero or more."""
        number = self.amount()
        if number != number.to_integral_value():
            self.refuse("must be a whole number")
        return int(number)


def read_document(path: Path) -> Field:
    """Read a file.

    Raises:
        BrokenFile: It cannot be read, or is neither YAML nor JSON.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenFile(f"{path}: cannot be read ({getattr(error, 'strerror', None) or 'not UTF-8'})") from None
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        # What is missing at the end is reported one line after it.
        line = min(error.problem_mark.line + 1 if error.problem_mark else 1, len(text.splitlines()))
        raise BrokenFile(f"{path}, line {line}: {error.problem or 'is neither YAML nor JSON'}") from None
    except yaml.YAMLError:
        raise BrokenFile(f"{path}: is neither YAML nor JSON") from None
    if node is None:
        raise BrokenFile(f"{path}: is empty")
    return Field(node, str(path))
