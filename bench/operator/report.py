"""Writes results: tables for a person, JSON for a program."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Final

from bench.operator.conditions import Conditions
from bench.operator.goals import GOALS
from bench.operator.results import Results, Spread
from bench.router.goal import render_goals
from bench.router.table import Ink, Table

__all__ = ["as_json", "as_text"]

_PROCESSES: Final = (
    "operator",
    "kube-apiserver",
    "etcd",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok",
    "router",
)


def as_text(conditions: Conditions, results: Results, ink: Ink) -> str:
    """Write all tables."""
    tables = [table.render(ink) for table in _tables(results) if table.rows]
    return (
        "\n\n".join([_conditions(conditions), *tables, f"{ink.bold('Goals')}\n{render_goals(GOALS, results, ink)}"])
        + "\n"
    )


def as_json(conditions: Conditions, results: Results) -> str:
    """Write all figures and conditions."""
    goals = [
        {"goal": goal.title, "limit": goal.limit, "figure": figure, "met": goal.met(figure)}
        for goal in GOALS
        if (figure := goal.figure(results)) is not None
    ]
    return json.dumps({"conditions": asdict(conditions), **asdict(results), "goals": goals}, indent=2) + "\n"


def _conditions(conditions: Conditions) -> str:
    versions = ", ".join(f"{name} {what}" for name, what in conditions.versions.items())
    rollouts = "" if conditions.rollouts is None else f"; OPERATOR_ROLLOUTS={conditions.rollouts}"
    return (
        f"{conditions.date}, {conditions.cores} cores, {conditions.kernel}, load average before: "
        f"{conditions.load_before:.2f}\n"
        f"{conditions.commit}, Python {conditions.python}, {versions}{rollouts}\n"
        "control plane, simulated nodes, router, operator and observer share the cores"
    )


def _tables(results: Results) -> Iterator[Table]:
    head = ("", "p50", "p99", "slowest")
    yield Table("Seconds after the change was sent", head, list(_durations(results)))
    totals = [
        (str(found.agents), f"{found.sent:.1f}", f"{found.all_deployments:.1f}", f"{found.all_ready:.1f}", gone)
        for found in results.arrivals
        for gone in [f"{results.gone[found.agents]:.1f}" if found.agents in results.gone else ""]
    ]
    yield Table("Agents at once: seconds in all", ("", "created", "Deployments", "Ready", "namespace gone"), totals)
    yield Table("Processor seconds", ("", "length", *_PROCESSES), list(_processors(results)))
    yield Table("The operator", ("", "writes", "refused", "reads", "lease", "MB", "MB peak"), list(_requests(results)))
    yield Table("Per agent", ("", "API server's log", "operator's count"), list(_writes(results)))


def _durations(results: Results) -> Iterator[Sequence[str]]:
    for found in results.arrivals:
        yield _row(f"{found.agents} agents created, Deployment", found.deployments)
        yield _row(f"{found.agents} agents created, Ready", found.ready)
    if results.edits is not None:
        yield _row("one agent changed, Deployment", results.edits.took)
    for what, change in (("image", results.image), ("template", results.template)):
        if change is not None:
            yield _row(f"{what} of {change.agents} changed, Deployment", change.deployments)
            yield _row(f"{what} of {change.agents} changed, rolled and Ready", change.ready)
    if results.restart is not None:
        yield ("restart, settled", "", "", f"{results.restart.settled:.2f}")


def _row(title: str, found: Spread) -> Sequence[str]:
    return (title, f"{found.p50:.3f}", f"{found.p99:.3f}", f"{found.slowest:.3f}")


def _processors(results: Results) -> Iterator[Sequence[str]]:
    for name, cost in results.costs().items():
        yield (name, f"{cost.seconds:.1f}", *(f"{cost.cpu.get(process, 0.0):.2f}" for process in _PROCESSES))


def _requests(results: Results) -> Iterator[Sequence[str]]:
    for name, cost in results.costs().items():
        figures = (cost.total, sum(cost.refused.values()), cost.reads, cost.leases)
        yield (name, *(f"{figure:,}" for figure in figures), f"{cost.resident:.0f}", f"{cost.peak:.0f}")


def _writes(results: Results) -> Iterator[Sequence[str]]:
    for found in results.arrivals:
        per_agent = {resource: count / found.agents for resource, count in found.cost.writes.items()}
        yield (f"{found.agents} agents: reconciles", "", f"{found.looks:.2f}")
        yield ("  writes", f"{found.writes:.2f}", f"{found.counted:.2f}")
        yield from ((f"    {resource}", f"{count:.2f}", "") for resource, count in per_agent.items())
