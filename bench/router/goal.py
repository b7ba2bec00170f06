"""One figure that is to be reached, and the lines that say whether it was."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bench.router.table import Ink, Table

__all__ = ["Goal", "render_goals"]

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Goal(Generic[Found]):
    """One goal for results of one kind.

    Attributes:
        title: In words.
        unit: Of the figure, with the space before it where one belongs.
        limit: What is to be reached.
        least: Whether the limit is the least that will do, rather than the most.
        figure: Takes the figure from the results; None where it was not measured.
        digits: Decimal places when shown.
    """

    title: str
    unit: str
    limit: float
    least: bool
    figure: Callable[[Found], float | None]
    digits: int = 0

    def met(self, figure: float) -> bool:
        """Whether a figure reaches the limit."""
        return figure >= self.limit if self.least else figure <= self.limit

    def shown(self, figure: float) -> str:
        """Write a figure with its unit."""
        return f"{figure:,.{self.digits}f}{self.unit}"

    @property
    def wanted(self) -> str:
        """Write the limit with its unit."""
        return f"{'>=' if self.least else '<='} {self.shown(self.limit)}"


def render_goals(goals: Sequence[Goal[Found]], results: Found, ink: Ink) -> str:
    """Write a line for each goal whose figure was measured, with the verdict at its end."""
    found = [(goal, figure) for goal in goals if (figure := goal.figure(results)) is not None]
    rows = [(goal.title, goal.shown(figure), goal.wanted) for goal, figure in found]
    lines = Table("", ("", "", ""), rows).render(Ink(colourful=False)).splitlines()[2:]
    verdicts = [ink.green("met") if goal.met(figure) else ink.red("not met") for goal, figure in found]
    return "\n".join(f"{line}  {verdict}" for line, verdict in zip(lines, verdicts, strict=True))
