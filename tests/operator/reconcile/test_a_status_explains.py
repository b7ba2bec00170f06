from dataclasses import replace
from typing import Any

import pytest

from tests.operator.reconcile.objects import obj
from vutler_operator.errors import Blocked, NameConflict, Refused
from vutler_operator.reconcile.events import build_events
from vutler_operator.reconcile.llm import LLMOutcome
from vutler_operator.reconcile.router_sync import SyncState
from vutler_operator.reconcile.status import Facts, build_status, judge
from vutler_operator.reconcile.workload import Workload, observe_workload
from vutler_operator.resources.condition import Condition
from vutler_operator.router_client import AgentUsage

WELL = Facts(
    template=Condition("TemplateResolved", "True", "Resolved", ""),
    blocked=None,
    llm=LLMOutcome(None, {"source": "team-a/default"}, {"mode": "Managed", "tier": "economy"}),
    sync=SyncState("Synced"),
    usage=AgentUsage(agent_id="team-a.ava", tokens_total=5),
    workload=Workload("Available", "PodReady", ""),
)
NOW, LATER = "2026-11-21T12:00:00Z", "2026-11-21T13:00:00Z"


def changed(**facts: Any) -> Facts:
    return replace(WELL, **facts)


@pytest.mark.parametrize(
    ("facts", "phase", "reason"),
    [
        (WELL, "Running", "AgentReady"),
        (changed(workload=Workload("Starting", "PodStarting", "")), "Provisioning", "PodStarting"),
        (changed(workload=Workload("Stopped", "Stopped", "")), "Stopped", "Stopped"),
        (changed(workload=Workload("Failing", "OOMKilled", "")), "Failed", "OOMKilled"),
        (changed(sync=SyncState("Unreachable", "x")), "Degraded", "RouterUnreachable"),
        (changed(sync=SyncState("Unreachable", "401: who is this", "401")), "Degraded", "RouterRefusesOperator"),
        (changed(blocked=Refused("m"), workload=Workload("Absent", "", "")), "Failed", "RefusedByCluster"),
        (changed(llm=LLMOutcome(Blocked("SecretNotFound", "m"), None, {})), "Degraded", "SecretNotFound"),
        (changed(blocked=NameConflict("m"), workload=Workload("Absent", "", "")), "Failed", "NameConflict"),
        (
            changed(blocked=Blocked("ConfigMapNotFound", "m"), workload=Workload("Absent", "", "")),
            "Pending",
            "ConfigMapNotFound",
        ),
        (changed(blocked=Blocked("ProtectedPath", "m")), "Degraded", "ProtectedPath"),
        (
            changed(template=Condition("TemplateResolved", "False", "TemplateNotFound", "m")),
            "Degraded",
            "TemplateNotFound",
        ),
        (
            changed(sync=SyncState("Unreachable"), workload=Workload("Failing", "ImagePullBackOff", "")),
            "Failed",
            "ImagePullBackOff",
        ),
    ],
)
def test_the_phase_and_the_first_thing_to_know(facts: Facts, phase: str, reason: str) -> None:
    found, conditions = judge(facts)

    assert (found, conditions[0].type, conditions[0].reason) == (phase, "Ready", reason)


def test_equal_facts_give_an_equal_status_at_any_time() -> None:
    agent = obj("Agent", "ava")
    first = build_status(agent, WELL, NOW)

    assert build_status({**agent, "status": first}, WELL, LATER) == first


def test_a_transition_time_moves_with_the_status_only() -> None:
    agent = obj("Agent", "ava")
    first = build_status(agent, WELL, NOW)

    second = build_status({**agent, "status": first}, changed(sync=SyncState("Unreachable")), LATER)

    times = {c["type"]: c["lastTransitionTime"] for c in second["conditions"]}
    assert (times["Ready"], times["RouterSynced"], times["LLMReady"]) == (LATER, LATER, NOW)


def test_what_was_used_stays_known_while_the_router_is_away() -> None:
    agent = obj("Agent", "ava")
    first = build_status(agent, WELL, NOW)

    second = build_status({**agent, "status": first}, changed(usage=None), LATER)

    assert second == first


def test_a_transition_is_told_and_a_repetition_is_not() -> None:
    agent = obj("Agent", "ava")
    bad = build_status(agent, changed(llm=LLMOutcome(Blocked("SecretNotFound", "create it"), None, {})), NOW)

    (event,) = build_events(agent, bad, now=NOW, new_suffix=lambda: "1")

    assert (event["type"], event["reason"], event["message"]) == ("Warning", "SecretNotFound", "create it")
    assert build_events({**agent, "status": bad}, bad, now=LATER, new_suffix=lambda: "2") == ()


def pod(**container: Any) -> dict[str, Any]:
    return obj("Pod", "ava-1", status={"containerStatuses": [{"name": "openclaw", "ready": False, **container}]})


@pytest.mark.parametrize(
    ("container", "reason", "words"),
    [
        ({"state": {"waiting": {"reason": "ErrImagePull", "message": "not found"}}}, "ImagePullBackOff", "not found"),
        ({"state": {"waiting": {"reason": "CreateContainerConfigError"}}}, "CreateContainerConfigError", "create"),
        ({"state": {"terminated": {"exitCode": 78}}}, "InvalidConfig", "runtime.config"),
        ({"state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}, "OOMKilled", "limits.memory"),
        (
            {"state": {"running": {}}, "restartCount": 1, "lastState": {"terminated": {"exitCode": 1}}},
            "CrashLoopBackOff",
            "kubectl logs ava-1 --previous",
        ),
        ({"state": {"waiting": {"reason": "PodInitializing"}}}, "PodStarting", "starting"),
    ],
)
def test_a_pod_that_is_not_ready_says_why(container: dict[str, Any], reason: str, words: str) -> None:
    found = observe_workload(obj("Deployment", "ava"), [pod(**container)], running=True)

    assert found.reason == reason
    assert words in found.message


@pytest.mark.parametrize(
    ("message", "state", "reason"),
    [
        ("0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.", "Starting", "VolumeNotBound"),
        ("0/1 nodes are available: 1 Insufficient memory.", "Failing", "Unschedulable"),
    ],
)
def test_a_volume_still_being_made_is_told_from_a_lack_of_room(message: str, state: str, reason: str) -> None:
    scheduled = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}

    found = observe_workload(
        obj("Deployment", "ava"), [obj("Pod", "ava-1", status={"conditions": [scheduled]})], running=True
    )

    assert (found.state, found.reason) == (state, reason)


def test_a_volume_still_being_made_is_no_event() -> None:
    agent = obj("Agent", "ava")
    pending = build_status(agent, changed(workload=Workload("Starting", "VolumeNotBound", "")), NOW)

    assert build_events(agent, pending, now=NOW, new_suffix=lambda: "1") == ()


def test_a_message_does_not_count_the_kubelets_seconds() -> None:
    waits = [
        {"state": {"waiting": {"reason": "CreateContainerError", "message": f"back-off {time} restarting"}}}
        for time in ("10s", "5m0s")
    ]

    messages = {observe_workload(obj("Deployment", "ava"), [pod(**wait)], running=True).message for wait in waits}

    assert len(messages) == 1


def test_a_failed_pull_reads_the_same_while_it_fails_and_while_it_waits() -> None:
    waits = [
        {"state": {"waiting": {"reason": "ErrImagePull", "message": "x: not found"}}},
        {
            "state": {
                "waiting": {
                    "reason": "ImagePullBackOff",
                    "message": 'Back-off pulling image "x": ErrImagePull: x: not found',
                }
            }
        },
    ]

    found = {observe_workload(obj("Deployment", "ava"), [pod(**wait)], running=True) for wait in waits}

    assert len(found) == 1
