"""What the router is to reach, and whether it did."""

from collections.abc import Callable
from typing import Final

from bench.router.goal import Goal
from bench.router.peers import PeerName
from bench.router.results import Results
from bench.router.steps import StepName
from bench.router.targets import ROUTER

__all__ = ["GOALS"]


def _most(title: str, limit: float, figure: Callable[[Results], float | None]) -> Goal[Results]:
    return Goal(title, " ms", limit, least=False, figure=figure, digits=2)


def _rate(title: str, limit: float, step: StepName) -> Goal[Results]:
    return Goal(title, "/s", limit, least=True, figure=lambda results: results.rate(step))


def _ratio(title: str, limit: float, step: StepName, peer: PeerName) -> Goal[Results]:
    return Goal(title, "x", limit, least=True, figure=lambda results: results.ratio(step, peer), digits=1)


GOALS: Final[tuple[Goal[Results], ...]] = (
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
