"""Which write of a Deployment waits in line, and what a Deployment tells of its turn."""

from datetime import UTC, datetime
from typing import Any

import pytest

from vutler_operator import drift, names
from vutler_operator.reconcile.rollouts import Change, Intent, Turn, intend, mark_rollout, read_turn
from vutler_operator.resources.objects import Manifest

AGENT: Manifest = {"metadata": {"name": "ava", "generation": 3}, "status": {"observedGeneration": 3}}
UP = {"observedGeneration": 1, "updatedReplicas": 1, "availableReplicas": 1}
SOURCE = "team-a/base"


def deployment(image: str = "openclaw:1", *, replicas: int = 1, env: str = "", minted: str = "") -> Manifest:
    containers = [{"name": "openclaw", "image": image, "env": [{"name": "A", "value": env}]}]
    return {
        "kind": "Deployment",
        "metadata": {"name": "ava", "annotations": {names.MINTED_AT: minted} if minted else {}},
        "spec": {"replicas": replicas, "template": {"spec": {"containers": containers}}},
    }


def live(wanted: Manifest, mark: str = "", **status: Any) -> Manifest:
    """Return a Deployment as it is after it was written; available unless said otherwise."""
    written = drift.stamp(mark_rollout(wanted, mark))
    return written | {"metadata": {**written["metadata"], "generation": 1}, "status": status or UP}


def test_what_is_as_it_should_be_needs_none() -> None:
    assert intend(AGENT, live(deployment()), deployment(), SOURCE, tokens_due=False) == Intent(None, False, "")


def test_a_change_from_outside_needs_one() -> None:
    intent = intend(AGENT, live(deployment()), deployment(env="x"), SOURCE, tokens_due=False)

    assert intent == Intent(Change(SOURCE, ""), True, "")


def test_a_turn_names_the_image_only_if_that_is_another_one() -> None:
    intent = intend(AGENT, live(deployment()), deployment("openclaw:2"), SOURCE, tokens_due=False)

    assert intent.change == Change(SOURCE, "openclaw:2")


def test_an_edit_of_the_agent_needs_none() -> None:
    edited = {**AGENT, "metadata": {"name": "ava", "generation": 4}}

    assert intend(edited, live(deployment()), deployment(env="x"), SOURCE, tokens_due=False) == Intent(None, True, "")


def test_the_first_deployment_needs_none() -> None:
    assert intend(AGENT, None, deployment(), SOURCE, tokens_due=False).change is None


def test_tokens_that_somebody_asked_for_or_that_are_half_written_need_none() -> None:
    before, after = live(deployment(minted="2026-11-01T00:00:00Z")), deployment(minted="2026-11-27T00:00:00Z")

    assert intend(AGENT, before, after, SOURCE, tokens_due=False) == Intent(None, True, "")


def test_tokens_that_are_older_than_the_pods_are_no_news() -> None:
    before, after = live(deployment(minted="2026-11-27T00:00:00Z")), deployment(minted="2026-11-01T00:00:00Z")

    assert intend(AGENT, before, after, SOURCE, tokens_due=True).change == Change(SOURCE, "")


def test_tokens_that_are_due_need_one_though_nothing_differs() -> None:
    intent = intend(AGENT, live(deployment()), deployment(), SOURCE, tokens_due=True)

    assert intent == Intent(Change(SOURCE, ""), False, "")


@pytest.mark.parametrize("status", [{"observedGeneration": 1, "updatedReplicas": 1}, {**UP, "observedGeneration": 0}])
def test_a_correction_reaches_at_once_whom_the_mistake_broke(status: dict[str, int]) -> None:
    broken = live(deployment(env="wrong"), SOURCE, **status)

    assert intend(AGENT, broken, deployment(env="right"), SOURCE, tokens_due=False) == Intent(None, True, SOURCE)


def test_a_stop_needs_none() -> None:
    assert intend(AGENT, live(deployment()), deployment(replicas=0), SOURCE, tokens_due=False).change is None


def test_a_repair_needs_none_and_keeps_the_mark() -> None:
    edited = live(deployment(), SOURCE)
    edited["spec"]["replicas"] = 3

    assert intend(AGENT, edited, deployment(), SOURCE, tokens_due=False) == Intent(None, False, SOURCE)


def conditions(available: str, progressing: str) -> list[dict[str, str]]:
    since = "2026-11-27T11:00:00Z"
    return [
        {"type": "Available", "status": available, "lastTransitionTime": since},
        {"type": "Progressing", "status": "True", "reason": progressing, "lastTransitionTime": since},
    ]


ELEVEN = datetime(2026, 11, 27, 11, 0, tzinfo=UTC)
MADE = conditions("False", "NewReplicaSetCreated")
CHANGE = Change(SOURCE, "openclaw:1")


@pytest.mark.parametrize(
    ("mark", "status", "turn"),
    [
        (SOURCE, UP, None),
        ("", {"observedGeneration": 1, "conditions": MADE}, None),
        (SOURCE, {**UP, "observedGeneration": 0, "conditions": conditions("True", "")}, Turn(CHANGE, None, False)),
        (SOURCE, {"observedGeneration": 1, "conditions": MADE}, Turn(CHANGE, ELEVEN, False)),
        (
            SOURCE,
            {"observedGeneration": 1, "conditions": conditions("False", "NewReplicaSetAvailable")},
            Turn(CHANGE, ELEVEN, True),
        ),
    ],
    ids=["available", "not in turn", "just written", "starting or broken", "failed later"],
)
def test_a_deployment_tells_of_its_turn(mark: str, status: dict[str, Any], turn: Turn | None) -> None:
    assert read_turn(live(deployment(), mark, **status)) == turn


def test_a_stopped_agent_is_in_no_turn() -> None:
    assert read_turn(live(deployment(replicas=0), SOURCE, observedGeneration=1)) is None
