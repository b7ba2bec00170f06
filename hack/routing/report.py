"""Prints the figures as the tables of `docs/routing.md`."""

from collections.abc import Callable, Iterator, Sequence

from hack.routing.figures import Answer, accuracy, confusion, f1_of, macro_f1
from vutler_router.routing.classify.verdict import BUILT_IN

__all__ = ["by_category", "by_source", "confused", "summary"]

_LANGUAGES = (("all", ""), ("English", "en"), ("French", "fr"))


def summary(title: str, answers: Sequence[Answer], *, f1: bool = True) -> Iterator[str]:
    """Yield one row of a table for each language."""
    for name, lang in _LANGUAGES:
        part = [answer for answer in answers if answer.lang.startswith(lang)]
        if part:
            last = f"{macro_f1(part):.3f}" if f1 else ""
            yield f"| {title}, {name} | {len(part)} | {accuracy(part):.3f} | {last} |"


def by_category(answers: Sequence[Answer]) -> Iterator[str]:
    """Yield the table of recall and F1 by category and language."""
    yield "| category | prompts | right | F1 | right, English | right, French |"
    yield "|---|--:|--:|--:|--:|--:|"
    for label in BUILT_IN:
        part = [answer for answer in answers if answer.expected == label]
        langs = [f"{accuracy([answer for answer in part if answer.lang == lang]):.3f}" for lang in ("en", "fr")]
        figures = [str(len(part)), f"{accuracy(part):.3f}", f"{f1_of(label, answers):.3f}", *langs]
        yield f"| {label} | {' | '.join(figures)} |"


def by_source(answers: Sequence[Answer]) -> Iterator[str]:
    """Yield the table of the sources that were left out."""
    yield "| source left out | prompts | right |"
    yield "|---|--:|--:|"
    for source, part in _grouped(answers, lambda answer: answer.source):
        yield f"| {source} | {len(part)} | {accuracy(part):.3f} |"


def confused(answers: Sequence[Answer]) -> Iterator[str]:
    """Yield the table of what was taken for what."""
    yield f"| is \\ was taken for | {' | '.join(BUILT_IN)} |"
    yield "|---|--:|--:|--:|"
    for label, row in zip(BUILT_IN, confusion(answers, BUILT_IN), strict=True):
        yield f"| {label} | {' | '.join(map(str, row))} |"


def _grouped(answers: Sequence[Answer], key: Callable[[Answer], str]) -> Iterator[tuple[str, list[Answer]]]:
    for name in sorted({key(answer) for answer in answers}):
        yield name, [answer for answer in answers if key(answer) == name]
