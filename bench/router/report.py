"""Writes results: tables for a person, JSON for a program."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Final

from bench.router.figures import Figures
from bench.router.goal import render_goals
from bench.router.goals import GOALS
from bench.router.results import Results
from bench.router.soak import Soak
from bench.router.steps import StepName
from bench.router.table import Ink, Table
from bench.router.targets import DIRECT, ROUTER

__all__ = ["as_json", "as_text"]

_LATE: Final = (
    ("JSON, whole answer", StepName.JSON_1, "whole"),
    ("stream, whole answer", StepName.STREAM_1, "whole"),
    ("stream, first token", StepName.STREAM_1, "first"),
    ("JSON, 200 KB body", StepName.LARGE_1, "whole"),
    ("first token of 4 paced streams", StepName.PACED_4, "first"),
)
_RATES: Final = (
    ("JSON at 32", StepName.JSON_32),
    ("JSON at 128", StepName.JSON_128),
    ("streams at 32", StepName.STREAM_32),
    ("streams at 128", StepName.STREAM_128),
)
_COSTS: Final = (
    ("JSON, at 32", StepName.JSON_32),
    ("stream in one burst, at 32", StepName.STREAM_32),
    ("paced stream, at 4", StepName.PACED_4),
)


def as_text(results: Results, ink: Ink) -> str:
    """Write all tables."""
    parts = [_conditions(results), *(table.render(ink) for table in _tables(results))]
    if results.soak is not None:
        parts.append(f"{ink.bold('Soak')}\n{_soak(results.soak)}")
    parts += [
        f"{ink.bold('Metering')}\n{_metering(results, ink)}",
        f"{ink.bold('Goals')}\n{render_goals(GOALS, results, ink)}",
    ]
    return "\n\n".join(parts) + "\n"


def as_json(results: Results) -> str:
    """Write all figures and conditions."""
    goals = [
        {"goal": goal.title, "wanted": goal.wanted, "figure": figure, "met": goal.met(figure)}
        for goal in GOALS
        if (figure := goal.figure(results)) is not None
    ]
    added = {
        step: {name: asdict(results.added(step, name)) for name in (ROUTER, *results.peers)}
        for step in results.measured
    }
    return json.dumps({**asdict(results), "added_ms": added, "exact": results.exact, "goals": goals}, indent=2) + "\n"


def _conditions(results: Results) -> str:
    conditions = results.conditions
    versions = "; ".join(f"{name} {what}" for name, what in conditions.versions.items())
    return (
        f"{conditions.date}, {conditions.cores} cores, {conditions.machine}\n"
        f"Python {conditions.python}; {versions}\n"
        f"{conditions.rounds} rounds of {conditions.seconds:g} s in turns; load average before: "
        f"{conditions.load_before:.2f}; every answer checked; everything shares the cores"
    )


def _tables(results: Results) -> Iterator[Table]:
    others = (ROUTER, *results.peers)
    late = [row for title, step, what in _LATE for row in _late_rows(results, title, step, what)]
    yield Table("Milliseconds at concurrency 1, and what is added to them", ("", "", DIRECT, *others), late)
    rates = [_rate_row(results, title, step) for title, step in _RATES]
    yield Table("Answers per second", ("", DIRECT, *others, *(f"router/{peer}" for peer in results.peers)), rates)
    costs = [_cost_row(title, [results.measured[step][name] for name in (DIRECT, *others)]) for title, step in _COSTS]
    yield Table("Processor milliseconds per answer", ("", "load generator", "upstream", *others), costs)
    memory = [
        (name, f"{found.idle:.1f}", f"{found.peak:.1f}", f"{found.after:.1f}") for name, found in results.memory.items()
    ]
    yield Table("Memory, MB", ("", "idle", "peak", "after"), memory)


def _late_rows(results: Results, title: str, step: StepName, what: str) -> Iterator[Sequence[str]]:
    """Write p50 and p99 of one measurement."""
    direct = asdict(results.measured[step][DIRECT])
    added = [asdict(results.added(step, name)) for name in (ROUTER, *results.peers)]
    for percentile, shown in (("p50", title), ("p99", "")):
        key = f"{what}_{percentile}"
        yield (shown, percentile, f"{direct[key]:.2f}", *(f"{values[key]:+.2f}" for values in added))


def _rate_row(results: Results, title: str, step: StepName) -> Sequence[str]:
    rates = [f"{results.rate(step, name):,.0f}" for name in (DIRECT, ROUTER, *results.peers)]
    ratios = [results.ratio(step, peer) for peer in results.peers]
    return (title, *rates, *(f"{ratio:.1f}x" for ratio in ratios if ratio is not None))


def _cost_row(title: str, figures: Sequence[Figures]) -> Sequence[str]:
    return (title, f"{figures[0].generator_ms:.3f}", *(f"{found.cpu_ms:.3f}" for found in figures))


def _soak(soak: Soak) -> str:
    first, last = soak.samples[0][1], soak.samples[-1][1]
    return (
        f"  {soak.seconds:.0f} s, {soak.answers:,} answers ({soak.answers / soak.seconds:.0f}/s)\n"
        f"  memory first {first:.1f} MB, last {last:.1f} MB, highest {soak.most:.1f} MB; "
        f"second half {soak.megabytes_per_minute:+.3f} MB per minute"
    )


def _metering(results: Results, ink: Ink) -> str:
    booked = results.booked
    verdict = ink.green("each once") if results.exact else ink.red("NOT each once, or with other tokens")
    return (
        f"  {results.answers:,} answers, {booked.rows:,} rows, {booked.day_requests:,} in the day totals; tokens "
        f"{booked.row_tokens:,} and {booked.day_tokens:,}: {verdict}"
    )
