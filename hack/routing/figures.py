"""Counts right and wrong answers: accuracy, macro-F1, confusion."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Answer", "accuracy", "confusion", "f1_of", "macro_f1"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was expected and what was said."""

    expected: str
    said: str
    lang: str = ""
    source: str = ""
    part: str = ""
    text: str = ""

    @property
    def right(self) -> bool:
        """Whether both are the same."""
        return self.expected == self.said


def accuracy(answers: Sequence[Answer]) -> float:
    """Return the share of right answers."""
    return sum(answer.right for answer in answers) / len(answers) if answers else 1.0


def f1_of(label: str, answers: Iterable[Answer]) -> float:
    """Return the harmonic mean of precision and recall of a category."""
    both = expected = said = 0
    for answer in answers:
        expected += answer.expected == label
        said += answer.said == label
        both += answer.expected == answer.said == label
    return 2 * both / (expected + said) if expected + said else 1.0


def macro_f1(answers: Sequence[Answer]) -> float:
    """Return the mean of `f1_of` over the categories that were expected."""
    labels = sorted({answer.expected for answer in answers})
    return sum(f1_of(label, answers) for label in labels) / len(labels) if labels else 1.0


def confusion(answers: Iterable[Answer], labels: Sequence[str]) -> list[list[int]]:
    """Return how often each label (row) was said to be each other (column)."""
    table = [[0] * len(labels) for _ in labels]
    for answer in answers:
        table[labels.index(answer.expected)][labels.index(answer.said)] += 1
    return table
