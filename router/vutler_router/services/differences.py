"""Where what is kept about use is not what its rows say, in words and figures."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from vutler_router.metering.audit import DayLine, MonthLine, WriterLine
from vutler_router.metering.totals import SUM_NAMES, Sums

__all__ = ["Difference", "Outcome", "difference_of", "table"]


class Outcome(StrEnum):
    """What became of a difference."""

    LEFT = "left"
    MENDED = "mended"
    MOVED = "changed meanwhile"
    """A router wrote there at the same moment; another run looks again."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that does not agree with its rows.

    Attributes:
        what: The kind of thing.
        when: Its day or month; empty for a writer.
        whose: Whose it is.
        figures: Each figure that differs: its name, what the rows say and what is kept.
        outcome: What became of it.
    """

    what: str
    when: str
    whose: str
    figures: tuple[tuple[str, int, int], ...]
    outcome: Outcome = Outcome.LEFT

    def with_outcome(self, outcome: Outcome) -> "Difference":
        """Say what became of it."""
        return replace(self, outcome=outcome)


_HEADINGS: Final = ("WHAT", "WHEN", "WHOSE", "FIGURE", "ROWS", "KEPT", "")
_MOST_LINES: Final = 200
"""Lines shown; thousands would be read by nobody."""


def difference_of(line: DayLine | MonthLine | WriterLine) -> Difference:
    """Put a line whose sides differ into words."""
    match line:
        case DayLine():
            return _of_day(line)
        case MonthLine():
            figures = (
                ("plan_tokens", line.rows.plan_tokens, line.kept.plan_tokens),
                ("overage_tokens", line.rows.overage_tokens, line.kept.overage_tokens),
                ("overage_price", line.rows.overage_price, line.kept.overage_price),
            )
            return Difference("month", line.rows.month, line.rows.agent_id, _unequal(figures))
        case WriterLine():
            counted = (
                ("rows brought", line.found, line.counted),
                ("answers counted", line.counted, line.answered),
                ("batch not done", 0, line.begun),
            )
            return Difference("writer", "", line.writer, _unequal(counted))


def table(differences: Sequence[Difference]) -> str:
    """Lay differences out in columns, a line for each figure."""
    lines = [_HEADINGS, *(line for difference in differences for line in _lines(difference))]
    hidden = len(lines) - 1 - _MOST_LINES
    shown = lines[: _MOST_LINES + 1]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    rows = ("  ".join(map(str.ljust, line, widths)).rstrip() for line in shown)
    return "\n".join([*rows, *([f"… and {hidden} figures more"] if hidden > 0 else [])])


def _lines(difference: Difference) -> Iterator[tuple[str, ...]]:
    for name, rows, kept in difference.figures:
        yield (
            difference.what,
            difference.when,
            difference.whose,
            name,
            str(rows),
            str(kept),
            "" if difference.outcome is Outcome.LEFT else difference.outcome.value,
        )


def _of_day(line: DayLine) -> Difference:
    key, total = line.key, line.total or Sums()
    whose = [key.agent_id, f"{key.provider}/{key.model}", key.tier, key.category, key.request_type, key.variant]
    figures = zip(SUM_NAMES, line.rows.amounts(), total.amounts(), strict=True)
    return Difference("day total", key.day.isoformat(), " ".join(filter(None, whose)), _unequal(figures))


def _unequal(figures: Iterable[tuple[str, int, int]]) -> tuple[tuple[str, int, int], ...]:
    return tuple(figure for figure in figures if figure[1] != figure[2])
