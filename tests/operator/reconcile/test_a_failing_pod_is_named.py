from typing import Any

import pytest

from tests.operator.reconcile.objects import obj
from vutler_operator.reconcile.workload import Workload, observe_workload

DIED = {"terminated": {"exitCode": 1, "reason": "Error"}}


def pod(name: str = "ava-1", created: str = "2026-11-27T10:00:00Z", **status: Any) -> dict[str, Any]:
    found = obj("Pod", name, status=status)
    found["metadata"]["creationTimestamp"] = created
    return found


def deployed(**status: Any) -> dict[str, Any]:
    return obj("Deployment", "ava", status={"observedGeneration": 1, **status})


def judge(*statuses: dict[str, Any], init: bool = False, **deployment: Any) -> list[Workload]:
    """Judge a pod whose container is in one state after the other."""
    name, place = ("prepare", "initContainerStatuses") if init else ("openclaw", "containerStatuses")
    seen = deployed(**deployment)
    pods = [obj("Pod", "ava-1", status={place: [{"name": name, "ready": False, **one}]}) for one in statuses]
    return [observe_workload(seen, [one], running=True) for one in pods]


def test_in_the_same_words_at_each_try_of_a_crashing_container() -> None:
    found = judge(
        {"state": DIED},
        {"state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s restarting"}}, "lastState": DIED},
        {"state": {"running": {"startedAt": "2026-11-27T10:00:01Z"}}, "lastState": DIED, "restartCount": 1},
        {"state": DIED, "lastState": DIED, "restartCount": 1},
        {"state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}}, "lastState": DIED},
    )

    assert len(set(found)) == 1
    assert found[0].reason == "CrashLoopBackOff"


def test_in_the_same_words_at_each_try_to_pull() -> None:
    cause = "failed to pull image: x: not found"
    found = judge(
        {"state": {"waiting": {"reason": "ErrImagePull", "message": cause}}},
        {
            "state": {
                "waiting": {
                    "reason": "ImagePullBackOff",
                    "message": f'Back-off pulling image "x": ErrImagePull: {cause}',
                }
            }
        },
    )

    assert len(set(found)) == 1


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [
        ({"state": DIED}, "PrepareFailed", "kubectl logs ava-1 -c prepare"),
        ({"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": DIED}, "PrepareFailed", "exit code 1"),
        ({"state": {"waiting": {"reason": "ErrImagePull", "message": "m"}}}, "ImagePullBackOff", "m"),
        ({"state": {"terminated": {"exitCode": 0}}, "ready": True}, "PodStarting", ""),
        ({"state": {"terminated": {"exitCode": 0}}, "ready": True, "restartCount": 3}, "PodStarting", ""),
    ],
)
def test_while_it_is_prepared(status: dict[str, Any], reason: str, words: str) -> None:
    (found,) = judge(status, init=True)

    assert found.reason == reason
    assert words in found.message


@pytest.mark.parametrize("code", [0, 137, 143])
def test_when_a_startup_probe_ended_it(code: int) -> None:
    (found,) = judge(
        {"state": {"running": {}}, "lastState": {"terminated": {"exitCode": code}}, "restartCount": 1},
    )

    assert found.reason == "ContainerStopped"
    assert "kubectl describe pod ava-1 says if a probe failed" in found.message


def test_when_it_ceases_to_be_ready_while_it_runs() -> None:
    unready = {"state": {"running": {"startedAt": "2026-11-27T10:00:00Z"}}, "lastState": DIED, "restartCount": 7}
    gone = {"type": "Available", "status": "False", "lastTransitionTime": "2026-11-27T10:05:00Z"}

    (ceased,) = judge(unready, conditions=[gone])
    (never,) = judge(unready, conditions=[gone | {"lastTransitionTime": "2026-11-27T09:00:00Z"}])

    assert (ceased.reason, never.reason) == ("NotReady", "CrashLoopBackOff")


def test_when_it_never_becomes_ready() -> None:
    late = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}

    (found,) = judge({"state": {"running": {}}}, conditions=[late])

    assert (found.state, found.reason) == ("Failing", "ProgressDeadlineExceeded")


def test_not_by_what_the_deployment_said_of_an_earlier_generation() -> None:
    late = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
    deployment = obj("Deployment", "ava", status={"observedGeneration": 1, "conditions": [late]})
    deployment["metadata"]["generation"] = 2

    assert observe_workload(deployment, [], running=True).reason == "PodStarting"


@pytest.mark.parametrize(
    ("messages", "reason", "words"),
    [
        (
            [
                'pods "ava-6f4-abcde" is forbidden: exceeded quota: q, requested: cpu=1, used: cpu=2, limited: cpu=2',
                'pods "ava-6f4-fghij" is forbidden: exceeded quota: q, requested: cpu=1, used: cpu=1, limited: cpu=2',
            ],
            "QuotaExceeded",
            "requested: cpu=1, limited: cpu=2: raise the namespace's quota",
        ),
        (
            [
                'pods "ava-1" is forbidden: violates PodSecurity "restricted:latest": x',
                'pods "ava-2" is forbidden: violates PodSecurity "restricted:latest": x',
            ],
            "PodRefused",
            'violates PodSecurity "restricted:latest": x',
        ),
    ],
)
def test_in_the_same_words_at_each_try_to_make_one(messages: list[str], reason: str, words: str) -> None:
    failures = [{"type": "ReplicaFailure", "status": "True", "message": message} for message in messages]

    found = {observe_workload(deployed(conditions=[failure]), [], running=True) for failure in failures}

    (only,) = found
    assert only.reason == reason
    assert words in only.message


def test_in_the_same_words_however_many_nodes_there_are() -> None:
    def unscheduled(message: str) -> Workload:
        scheduled = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
        return observe_workload(deployed(), [pod(conditions=[scheduled])], running=True)

    few = unscheduled(
        "0/3 nodes are available: 1 node(s) had untolerated taint {a: b}, 2 Insufficient memory. "
        "preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod."
    )
    many = unscheduled(
        "0/90 nodes are available: 80 Insufficient memory, 10 node(s) had untolerated taint {a: b}. preemption: none."
    )

    assert few == many
    assert "Insufficient memory, node(s) had untolerated taint {a: b}: add capacity" in few.message


def test_by_the_pod_that_counts() -> None:
    evicted = pod("ava-1", phase="Failed", reason="Evicted", message="The node was low on resource: memory.")
    fresh = pod("ava-2", "2026-11-27T10:00:00Z", phase="Pending")

    assert observe_workload(deployed(), [evicted, fresh], running=True).reason == "PodStarting"
    assert observe_workload(deployed(), [evicted], running=True).reason == "PodEvicted"
