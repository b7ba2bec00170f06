"""What the router is to reach, and whether it did."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bench.router.peers import PeerName
from bench.router.results import Results
from bench.router.steps import StepName
from bench.router.targets import ROUTER

__all__ = ["GOALS", "Goal"]


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal.

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
    figure: Callable[[Results], float | None]
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


def _most(title: str, limit: float, figure: Callable[[Results], float | None]) -> Goal:
    return Goal(title, " ms", limit, least=False, figure=figure, digits=2)


def _rate(title: str, limit: float, step: StepName) -> Goal:
    return Goal(title, "/s", limit, least=True, figure=lambda results: results.rate(step))


def _ratio(title: str, limit: float, step: StepName, peer: PeerName) -> Goal:
    return Goal(title, "x", limit, least=True, figure=lambda results: results.ratio(step, peer), digits=1)


GOALS: Final = (
    _most("added to a JSON answer, p50", 0.6, lambda results: results.added(StepName.JSON_1).whole_p50),
    _most("added to a JSON answer, p99", 3.0, lambda results: results.added(StepName.JSON_1).whole_p99),
    _most("first token later, p50", 1.0, lambda results: results.added(StepName.STREAM_1).first_p50),
    _most("first token later, paced streams, p50", 1.0, lambda results: results.added(StepName.PACED_4).first_p50),
    _rate("JSON answers at 32", 2500, StepName.JSON_32),
    _rate("streams at 32", 1200, StepName.STREAM_32),
    _ratio("JSON answers at 32, against Portkey", 3, StepName.JSON_32, PeerName.PORTKEY),
    _ratio("JSON answers at 32, against LiteLLM", 25, StepName.JSON_32, PeerName.LITELLM),
    Goal("memory, peak", " MB", 90, least=False, figure=lambda results: results.memory[ROUTER].peak, digits=1),
)
