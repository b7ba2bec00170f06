"""What the operator is to reach on two cores, everything on the same machine, and whether it did."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bench.operator.results import Arrival, Results

__all__ = ["GOALS", "Goal"]


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal: a figure that is to be at most the limit.

    Attributes:
        title: In words.
        limit: What is to be reached.
        unit: Of the figure, with the space before it.
        figure: Takes the figure from the results; None where it was not measured.
        digits: Decimal places when shown.
    """

    title: str
    limit: float
    unit: str
    figure: Callable[[Results], float | None]
    digits: int = 1

    def shown(self, figure: float) -> str:
        """Write a figure with its unit."""
        return f"{figure:,.{self.digits}f}{self.unit}"


def _arrival(agents: int, take: Callable[[Arrival], float]) -> Callable[[Results], float | None]:
    return lambda results: None if (found := results.arrival(agents)) is None else take(found)


def _idle_share(results: Results) -> float | None:
    return None if results.idle is None else 100 * results.idle.cpu["operator"] / results.idle.seconds


GOALS: Final = (
    Goal("100 at once, to the Deployment, p50", 1.0, " s", _arrival(100, lambda found: found.deployments.p50), 2),
    Goal("100 at once, to the Deployment, p99", 2.5, " s", _arrival(100, lambda found: found.deployments.p99), 2),
    Goal("1,000 at once, all Deployments", 30.0, " s", _arrival(1000, lambda found: found.all_deployments)),
    Goal(
        "one change of an idle system, p50",
        50.0,
        " ms",
        lambda results: None if results.edits is None else 1000 * results.edits.took.p50,
    ),
    Goal(
        "writes per agent up to Ready",
        11.0,
        "",
        lambda results: max((found.writes for found in results.arrivals), default=None),
        2,
    ),
    Goal("memory, peak", 200.0, " MB", lambda results: results.peak, 0),
    Goal("restart, settled", 15.0, " s", lambda results: None if results.restart is None else results.restart.settled),
    Goal(
        "restart, writes", 0.0, "", lambda results: None if results.restart is None else results.restart.cost.total, 0
    ),
    Goal("idle, writes", 0.0, "", lambda results: None if results.idle is None else results.idle.total, 0),
    Goal("idle, processor", 2.0, " %", _idle_share, 2),
)
