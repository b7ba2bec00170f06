import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.operator.audit import AuditLog
from bench.operator.conditions import Conditions
from bench.operator.observer import Observer
from bench.operator.options import PHASES, parse_options
from bench.operator.report import as_json, as_text
from bench.operator.results import Arrival, Cost, Edits, Restart, Results, spread
from bench.router.table import Ink

CONDITIONS = Conditions("2026-11-27", 2, "Linux 6", 0.1, "3.11.2", "abc", "operator", {"kopf": "1.45"}, 10)


def cost(**writes: int) -> Cost:
    return Cost(60.0, {"operator": 0.6}, writes, {}, 0, 0, 90.0, 120.0)


def arrival(agents: int, seconds: float, writes: int) -> Arrival:
    taken = spread([seconds] * agents)
    return Arrival(agents, 0.5, taken, taken, 2 * seconds, 3 * seconds, 10.0, 8.0, cost(deployments=writes))


def results() -> Results:
    return Results(
        arrivals=[arrival(100, 0.8, 1000), arrival(1000, 20.0, 12000)],
        gone={100: 9.0},
        idle=cost(),
        edits=Edits(spread([0.04, 0.05]), cost()),
        restart=Restart(16.0, cost()),
    )


def event(verb: str, resource: str, code: int, **more: str) -> str:
    where, _, below = resource.partition("/")
    about = {"resource": where, "subresource": below}
    return json.dumps(
        {"stage": "ResponseComplete", "verb": verb, "objectRef": about, "responseStatus": {"code": code}, **more}
    )


def test_the_goals_are_judged_one_by_one() -> None:
    verdicts = {goal["goal"]: goal["met"] for goal in json.loads(as_json(CONDITIONS, results()))["goals"]}

    assert verdicts == {
        "100 at once, to the Deployment, p50": True,
        "100 at once, to the Deployment, p99": True,
        "1,000 at once, all Deployments": False,
        "one change of an idle system, p50": True,
        "writes per agent up to Ready": False,
        "memory, peak": True,
        "restart, settled": False,
        "restart, writes": True,
        "idle, writes": True,
        "idle, processor": True,
    }


def test_what_was_not_measured_is_not_in_the_report() -> None:
    text = as_text(CONDITIONS, Results(arrivals=[arrival(30, 1.0, 300)]), Ink(colourful=False))

    assert "30 agents created, Deployment" in text
    assert "restart" not in text
    assert "OPERATOR_ROLLOUTS=10" in text


def test_the_audit_log_is_counted_once_and_a_torn_line_later(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    torn = event("create", "events", 201)
    lines = [
        event("patch", "agents/status", 200),
        event("patch", "deployments", 201),
        event("patch", "deployments", 409),
        event("patch", "leases", 200),
        event("get", "secrets", 404),
        event("watch", "pods", 200),
    ]
    path.write_text("\n".join(lines) + "\n" + torn[:20])
    log = AuditLog(path)

    first = log.take()
    with path.open("a") as file:
        file.write(torn[20:] + "\n")
    second = log.take()

    assert first.by_resource() == {"agents/status": 1, "deployments": 1}
    assert (first.refused(), first.reads(), first.leases()) == ({"deployments 409": 1}, 1, 1)
    assert second.by_resource() == {"events": 1}


def agent(generation: int, observed: int, ready: str, version: str = "1") -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": ready}]
    metadata = {"name": "ava", "generation": generation, "resourceVersion": version}
    return {"metadata": metadata, "status": {"observedGeneration": observed, "conditions": conditions}}


def test_an_agent_is_ready_when_its_status_speaks_of_what_it_is_now() -> None:
    observer = Observer(lambda _: None)

    observer.hear_agent("ADDED", agent(1, 1, "True"), 1.0)
    observer.hear_agent("MODIFIED", agent(2, 1, "True"), 2.0)
    assert observer.count_ready(["ava"]) == 0
    observer.hear_agent("MODIFIED", agent(2, 2, "True"), 3.0)
    observer.hear_agent("MODIFIED", agent(2, 2, "True"), 4.0)

    assert (observer.count_ready(["ava", "bea"]), observer.agents["ava"].ready) == (1, 3.0)


def test_a_deployment_changed_when_its_generation_did() -> None:
    observer = Observer(lambda _: None)
    counts = {"replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}
    told: Callable[[int, int], dict[str, Any]] = lambda generation, observed: {  # noqa: E731  two numbers, one shape
        "metadata": {"name": "ava", "generation": generation, "resourceVersion": "1"},
        "status": {"observedGeneration": observed, **counts},
    }

    for moment, (generation, observed) in enumerate(((1, 1), (2, 1), (2, 1), (2, 2)), start=1):
        observer.hear_deployment("MODIFIED", told(generation, observed), float(moment))

    view = observer.deployments["ava"]
    assert (view.changed, view.rolled_out, view.is_rolled_out) == (2.0, 4.0, True)


def test_batches_and_phases_can_be_chosen() -> None:
    assert parse_options([]).phases == PHASES
    chosen = parse_options(["--agents", "10,20", "--phases", "restart,idle", "--rollouts", "5"])

    assert (chosen.agents, chosen.phases, chosen.rollouts) == ((10, 20), ("idle", "restart"), 5)
    assert parse_options(["--phases", "none"]).phases == ()


@pytest.mark.parametrize("arguments", [["--agents", "0"], ["--phases", "all"], ["--idle", "0"], ["--rollouts", "0"]])
def test_a_choice_that_means_nothing_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_options(arguments)

    assert "error" in capsys.readouterr().err
