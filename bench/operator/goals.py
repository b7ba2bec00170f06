"""What the operator is to reach on two cores, everything on the same machine."""

from collections.abc import Callable
from typing import Final

from bench.operator.results import Arrival, Results
from bench.router.goal import Goal

__all__ = ["GOALS"]

_Figure = Callable[[Results], float | None]


def _arrival(agents: int, take: Callable[[Arrival], float]) -> _Figure:
    return lambda results: None if (found := results.arrival(agents)) is None else take(found)


def _idle_share(results: Results) -> float | None:
    return None if results.idle is None else 100 * results.idle.cpu["operator"] / results.idle.seconds


def _most(title: str, limit: float, unit: str, figure: _Figure, digits: int = 1) -> Goal[Results]:
    return Goal(title, unit, limit, least=False, figure=figure, digits=digits)


GOALS: Final = (
    _most("100 at once, to the Deployment, p50", 1.0, " s", _arrival(100, lambda found: found.deployments.p50), 2),
    _most("100 at once, to the Deployment, p99", 2.5, " s", _arrival(100, lambda found: found.deployments.p99), 2),
    _most("1,000 at once, all Deployments", 30.0, " s", _arrival(1000, lambda found: found.all_deployments)),
    _most(
        "one change of an idle system, p50",
        50.0,
        " ms",
        lambda results: None if results.edits is None else 1000 * results.edits.took.p50,
    ),
    _most(
        "writes per agent up to Ready",
        11.0,
        "",
        lambda results: max((found.writes for found in results.arrivals), default=None),
        2,
    ),
    _most("memory, peak", 200.0, " MB", lambda results: results.peak, 0),
    _most("restart, settled", 15.0, " s", lambda results: None if results.restart is None else results.restart.settled),
    _most(
        "restart, writes", 0.0, "", lambda results: None if results.restart is None else results.restart.cost.total, 0
    ),
    _most("idle, writes", 0.0, "", lambda results: None if results.idle is None else results.idle.total, 0),
    _most("idle, processor", 2.0, " %", _idle_share, 2),
)
