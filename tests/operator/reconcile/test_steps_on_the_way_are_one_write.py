from typing import Any

import pytest

from vutler_operator.reconcile.patience import Patience
from vutler_operator.resources.objects import ObjectRef

AVA = ObjectRef("Agent", "team-a", "ava")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def status(ready: str, router: str = "Synced", *, generation: int = 1, **others: str) -> dict[str, Any]:
    reasons = {"Ready": ready, "RouterSynced": router, "LLMReady": "SetInRouter", **others}
    states = {"AgentReady": "True", "Synced": "True", "SetInRouter": "True"}
    conditions = [
        {"type": kind, "status": states.get(reason, "False"), "reason": reason} for kind, reason in reasons.items()
    ]
    return {"observedGeneration": generation, "conditions": conditions}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, status("PodStarting")),
        (status("PodStarting"), status("AgentReady")),
        (status("PodStarting"), status("CrashLoopBackOff")),
        (status("AgentReady"), status("PodStarting")),
        (status("PodStarting"), status("VolumeNotBound", generation=2)),
        (status("PodStarting"), status("VolumeNotBound", LLMReady="SecretNotFound")),
        ({}, status("LLMConfigNotFound", "SyncPending")),
        (status("AgentReady"), status("AgentReady")),
    ],
)
def test_what_a_person_acts_on_does_not_wait(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert Patience(Clock()).left(AVA, before, after) == 0


def test_a_step_waits_ten_seconds_for_the_next_one() -> None:
    clock = Clock()
    patience = Patience(clock)
    before, after = status("PodStarting"), status("VolumeNotBound")

    waits = []
    for clock.now in (100.0, 104.0, 110.0, 111.0):
        waits.append(patience.left(AVA, before, after))

    assert waits == [10.0, 6.0, 0.0, 10.0]


@pytest.mark.parametrize("before", [{}, status("AgentReady")])
def test_a_router_that_is_about_to_be_told_gets_a_second(before: dict[str, Any]) -> None:
    clock = Clock()
    patience = Patience(clock)

    assert patience.left(AVA, before, status("SyncPending", "SyncPending", generation=2)) == 1.0
    clock.now += 1.0
    assert patience.left(AVA, before, status("SyncPending", "SyncPending", generation=2)) == 0


def test_a_step_that_is_taken_back_leaves_nothing_waiting() -> None:
    clock = Clock()
    patience = Patience(clock)
    before = status("PodStarting")
    patience.left(AVA, before, status("VolumeNotBound"))

    clock.now += 9.0
    patience.left(AVA, before, before)

    assert patience.left(AVA, before, status("VolumeNotBound")) == 10.0
