import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operator.api.operator_process import OperatorProcess, eventually, run_operator
from tests.operator.api.router_stand_in import StandInRouter
from tests.operator.api.world import World

SAMPLE = re.compile(r"^(vutler_operator_\w+)(\{.*\})? (\S+)$", re.MULTILINE)
TYPE = re.compile(r"^# TYPE (vutler_operator_\w+) (\S+)$", re.MULTILINE)
ELSEWHERE = {"vutler_operator_reconcile_errors_total"}
"""An API server that fails for a moment cannot be had on demand; moved in a test of its own."""


@pytest.fixture
def own_operator(world: World, own_router: StandInRouter, tmp_path: Path) -> Iterator[OperatorProcess]:
    often = {"OPERATOR_RESYNC_SECONDS": "1"}
    with run_operator(world.server.kubeconfig, own_router.url, tmp_path, world.namespace, **often) as operator:
        yield operator


def samples(operator: OperatorProcess) -> dict[str, float]:
    """Return the values by metric and labels."""
    return {f"{name}{labels}": float(value) for name, labels, value in SAMPLE.findall(operator.metrics())}


def await_sample(operator: OperatorProcess, what: str, least: float = 1.0) -> None:
    eventually(lambda: samples(operator).get(what, 0.0) >= least, f"{what} is {least}", seconds=60)


def test_each_metric_is_moved_by_what_it_speaks_of(
    own_operator: OperatorProcess, own_router: StandInRouter, world: World
) -> None:
    await_sample(own_operator, "vutler_operator_leader")
    await_sample(own_operator, 'vutler_operator_resyncs_total{result="success"}')

    own_router.usage = [{"agent_id": f"{world.namespace}.ava", "included_tokens": 10, "overage_tokens": 1}]
    world.agent()
    world.await_reason("PodStarting", seconds=60)
    await_sample(own_operator, 'vutler_operator_agents{phase="Provisioning"}')
    await_sample(own_operator, 'vutler_operator_agents_not_ready{reason="PodStarting"}')
    world.report_pod()
    await_sample(own_operator, 'vutler_operator_agents{phase="Running"}')
    await_sample(own_operator, "vutler_operator_agents_over_plan")
    await_sample(own_operator, 'vutler_operator_watch_events_total{kind="Agent",type="ADDED"}')
    await_sample(own_operator, 'vutler_operator_reconcile_duration_seconds_count{kind="Agent",result="success"}')
    await_sample(own_operator, "vutler_operator_queue_wait_seconds_count")
    for operation in ("list", "put", "usage"):
        labels = f'{{operation="{operation}",result="ok"}}'
        await_sample(own_operator, f"vutler_operator_router_request_duration_seconds_count{labels}")
    written = '{resource="deployments",status="201",verb="create"}'
    await_sample(own_operator, f"vutler_operator_api_requests_total{written}")
    await_sample(
        own_operator, 'vutler_operator_api_request_duration_seconds_count{resource="deployments",verb="create"}'
    )

    own_router.down = True
    world.patch("Agent", "ava", {"spec": {"tools": ["chat"]}})
    await_sample(own_operator, "vutler_operator_router_sync_lag_seconds", 0.5)
    lost = '{operation="list",result="unreachable"}'
    await_sample(own_operator, f"vutler_operator_router_request_duration_seconds_count{lost}")
    before = own_operator.metrics()
    own_router.down = False
    world.delete("Agent", "ava")
    gone = '{operation="delete",result="ok"}'
    await_sample(own_operator, f"vutler_operator_router_request_duration_seconds_count{gone}")
    eventually(lambda: samples(own_operator)["vutler_operator_router_sync_lag_seconds"] == 0, "no lag", seconds=60)

    text = before + own_operator.metrics()
    declared = {name for name, _ in TYPE.findall(text) if not name.endswith("_created")}
    touched = {re.sub(r"_(bucket|count|sum)$", "", name) for name, _, _ in SAMPLE.findall(text)}
    assert declared - touched - ELSEWHERE == set()


def test_an_agent_that_flaps_writes_few_events(own_operator: OperatorProcess, world: World) -> None:
    world.agent()
    world.await_reason("PodStarting", seconds=60)
    world.report_pod()
    world.await_reason("AgentReady", seconds=60)
    for _ in range(7):
        world.report_pod(state={"terminated": {"exitCode": 1, "reason": "Error"}}, restartCount=1)
        world.await_reason("CrashLoopBackOff", seconds=60)
        world.report_pod()
        world.await_reason("AgentReady", seconds=60)
    own_operator.settle()

    told = [event for event in world.all("Event") if event["involvedObject"]["kind"] == "Agent"]
    assert len(told) == 10
    assert {event["reason"]: event["type"] for event in told} == {"AgentReady": "Normal", "CrashLoopBackOff": "Warning"}
    assert {(event["reportingComponent"], event["action"]) for event in told} == {("vutler-operator", "Reconcile")}
