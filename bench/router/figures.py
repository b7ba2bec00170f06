"""Arithmetic on what was measured; no clock and no process."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from bench.router.client import Run

__all__ = ["Figures", "MeasuredRun", "quantile", "slope", "summarise"]


@dataclass(frozen=True, slots=True)
class MeasuredRun:
    """One run, and the processor seconds used meanwhile by the target and by the load generator."""

    run: Run
    cpu_seconds: float
    generator_seconds: float


@dataclass(frozen=True, slots=True)
class Figures:
    """All rounds of one step against one target.

    Attributes:
        answers: How many, each of them checked.
        rate: Answers per second, the median of the rounds.
        rates: The same, round by round.
        first_p50: Milliseconds until the first token; so are the next three, the last two until the end.
        first_p99: See `first_p50`.
        whole_p50: See `first_p50`.
        whole_p99: See `first_p50`.
        cpu_ms: Processor milliseconds of the target per answer.
        generator_ms: Processor milliseconds of the load generator per answer.
    """

    answers: int
    rate: float
    rates: tuple[float, ...]
    first_p50: float
    first_p99: float
    whole_p50: float
    whole_p99: float
    cpu_ms: float
    generator_ms: float


def quantile(values: Sequence[float], percent: int) -> float:
    """Return a percentile, interpolated between neighbours; of one value, that value.

    Raises:
        ValueError: There are no values.
    """
    if not values:
        raise ValueError("no values to take a percentile of")
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def summarise(runs: Sequence[MeasuredRun]) -> Figures:
    """Put the rounds together: percentiles over all answers, the median of the rates."""
    firsts = [first * 1000 for measured in runs for first in measured.run.firsts]
    wholes = [whole * 1000 for measured in runs for whole in measured.run.wholes]
    rates = tuple(measured.run.rate for measured in runs)
    return Figures(
        answers=len(wholes),
        rate=statistics.median(rates),
        rates=rates,
        first_p50=quantile(firsts, 50),
        first_p99=quantile(firsts, 99),
        whole_p50=quantile(wholes, 50),
        whole_p99=quantile(wholes, 99),
        cpu_ms=sum(measured.cpu_seconds for measured in runs) * 1000 / len(wholes),
        generator_ms=sum(measured.generator_seconds for measured in runs) * 1000 / len(wholes),
    )


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the rise of the straight line that fits the points best; 0 where none can be drawn."""
    if len({x for x, _ in points}) < 2:  # noqa: PLR2004 - a line needs two points
        return 0.0
    return statistics.linear_regression([x for x, _ in points], [y for _, y in points]).slope
