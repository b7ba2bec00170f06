"""Reads which metrics and labels a PromQL expression names. Whether it is valid is promtool's business."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Selector", "groupings", "selectors"]

_TOKEN = re.compile(
    r"""(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<number>\d[\w.]*)|(?P<word>[A-Za-z_:][\w:]*)"""
    r"""|(?P<mark>=~|!~|!=|==|>=|<=|\S)"""
)
_WORDS = frozenset({"and", "or", "unless", "offset", "bool", "inf", "nan"})
_LISTS = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_MATCHES = frozenset({"=", "!=", "=~", "!~"})


@dataclass(frozen=True)
class Selector:
    """A metric, and the values of the labels that it is narrowed down by."""

    metric: str
    labels: dict[str, str]


def selectors(expression: str) -> list[Selector]:
    """Return each use of a metric."""
    return list(_read(expression)[0])


def groupings(expression: str) -> set[str]:
    """Return the labels by which something is grouped or joined."""
    return _read(expression)[1]


def _read(expression: str) -> tuple[list[Selector], set[str]]:
    tokens = list(_tokens(expression))
    found: list[Selector] = []
    grouped: set[str] = set()
    place = 0
    while place < len(tokens):
        kind, text = tokens[place]
        following = tokens[place + 1][1] if place + 1 < len(tokens) else ""
        place += 1
        if kind != "word" or text in _WORDS:
            continue
        if text in _LISTS and following != "(":
            continue
        if text in _LISTS:
            end = _end(tokens, place, ")")
            grouped |= {word for sort, word in tokens[place:end] if sort == "word"}
            place = end
        elif following == "{":
            end = _end(tokens, place, "}")
            found.append(Selector(text, dict(_matchers(tokens[place + 1 : end]))))
            place = end
        elif following != "(" and following not in _LISTS:
            found.append(Selector(text, {}))
    return found, grouped


def _tokens(expression: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(expression):
        yield str(match.lastgroup), match[0]


def _end(tokens: list[tuple[str, str]], place: int, mark: str) -> int:
    return next(number for number in range(place, len(tokens)) if tokens[number] == ("mark", mark))


def _matchers(tokens: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for number in range(len(tokens) - 2):
        (kind, label), (_, sign), (_, value) = tokens[number : number + 3]
        if kind == "word" and sign in _MATCHES:
            yield label, value[1:-1]
