"""Writes what the agents went through: a table a setup for a person, JSON for a program."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from bench.fairness.load import Experience
from bench.fairness.options import Options
from bench.fairness.setups import AGENTS, QUIET, Setup
from bench.router.figures import quantile
from bench.router.table import Ink, Table

__all__ = ["Conditions", "Figures", "Report", "bound_of", "summarise"]


@dataclass(frozen=True, slots=True)
class Conditions:
    """Under what conditions figures were taken.

    Attributes:
        date: When the run began, UTC.
        cores: How many may be used.
        python: Of all programs.
        router: Its commit.
        load_before: The machine's load average of one minute before the run.
    """

    date: str
    cores: int
    python: str
    router: str
    load_before: float


@dataclass(frozen=True, slots=True)
class Figures:
    """One agent's experience; waits in seconds, those without an answer at the end included as far as they got."""

    answered: int
    refused: int
    left: int
    p50: float
    p95: float
    longest: float


def summarise(experience: Experience) -> Figures:
    """Put one agent's waits together."""
    waits = [*experience.waits, *experience.left] or [0.0]
    return Figures(
        answered=len(experience.waits),
        refused=experience.refused,
        left=len(experience.left),
        p50=quantile(waits, 50),
        p95=quantile(waits, 95),
        longest=max(waits),
    )


def bound_of(options: Options) -> float:
    """Return the seconds within which the quiet agent is to be answered: a turn of every agent, and half a second."""
    return len(AGENTS) * 60 / max(options.rpm - 1, 0.9 * options.rpm) + 0.5


@dataclass(frozen=True, slots=True)
class Report:
    """All figures, by setup and agent."""

    conditions: Conditions
    options: Options
    figures: Mapping[Setup, Mapping[str, Figures]]

    @property
    def bounded(self) -> bool:
        """Whether the quiet agent's longest wait was as short as turns promise."""
        return self.figures[Setup.TURNS][QUIET].longest <= bound_of(self.options)

    def as_text(self, ink: Ink) -> str:
        """Write all tables."""
        tables = [_table(setup, figures).render(ink) for setup, figures in self.figures.items()]
        longest = self.figures[Setup.TURNS][QUIET].longest
        verdict = ink.green("met") if self.bounded else ink.red("not met")
        goal = f"The quiet agent waits {longest:.2f} s at the most; goal {bound_of(self.options):.2f} s: {verdict}"
        return "\n\n".join([self._heading(), *tables, goal]) + "\n"

    def as_json(self) -> str:
        """Write all figures and conditions."""
        return json.dumps(
            {
                "conditions": asdict(self.conditions),
                "options": {name: value for name, value in asdict(self.options).items() if name != "json"},
                "figures": {
                    setup.name.lower(): {agent: asdict(found) for agent, found in figures.items()}
                    for setup, figures in self.figures.items()
                },
                "bound": bound_of(self.options),
                "bounded": self.bounded,
            },
            indent=2,
        )

    def _heading(self) -> str:
        conditions, options = self.conditions, self.options
        return (
            f"{conditions.date}, {conditions.cores} cores, Python {conditions.python}, router {conditions.router}; "
            f"load average before: {conditions.load_before:.2f}\n"
            f"one key of {options.rpm} requests in any minute; two noisy agents with {options.callers} callers each, "
            f"a quiet one that asks every {options.pause:g} s; {options.seconds:g} s; all setups at the same time\n"
            f"a wait is from a question to its answer, refusals included; who is refused comes back when told to"
        )


def _table(setup: Setup, figures: Mapping[str, Figures]) -> Table:
    rows = [
        (
            agent,
            str(found.answered),
            str(found.refused),
            str(found.left),
            *(f"{seconds:.2f}" for seconds in (found.p50, found.p95, found.longest)),
        )
        for agent, found in figures.items()
    ]
    header = ("", "answered", "refused", "left waiting", "wait p50, s", "p95", "longest")
    return Table(setup.value[0].upper() + setup.value[1:], header, rows)
