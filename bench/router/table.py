"""Plain tables for a terminal, and colour where there is one."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

__all__ = ["Ink", "Table"]


@dataclass(frozen=True, slots=True)
class Ink:
    """Colours words, or leaves them as they are."""

    colourful: bool

    @classmethod
    def for_stream(cls, stream: TextIO, environment: Mapping[str, str] = os.environ) -> "Ink":
        """Colour only what a person sees in a terminal and has not asked to be plain (`NO_COLOR`)."""
        return cls(stream.isatty() and not environment.get("NO_COLOR"))

    def green(self, text: str) -> str:
        """Say that something is as it should be."""
        return self._paint("32", text)

    def red(self, text: str) -> str:
        """Say that something is not."""
        return self._paint("31", text)

    def bold(self, text: str) -> str:
        """Set a title apart."""
        return self._paint("1", text)

    def _paint(self, code: str, text: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self.colourful else text


@dataclass(frozen=True, slots=True)
class Table:
    """A title, a header and rows; the first column is words, the others are figures."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]

    def render(self, ink: Ink) -> str:
        """Write the table in columns that are as wide as they need to be."""
        lines = [self.header, *self.rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.header))]
        shown = [_line(line, widths) for line in lines]
        return "\n".join([ink.bold(self.title), *shown])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    figures = [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
    return "  ".join(["", cells[0].ljust(widths[0]), *figures]).rstrip()
