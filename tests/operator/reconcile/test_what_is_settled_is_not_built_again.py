from dataclasses import replace
from typing import Any

import pytest

from tests.operator.reconcile.objects import obj
from vutler_operator.builders import AgentInputs, Tokens
from vutler_operator.reconcile.settled import Settled
from vutler_operator.reconcile.store import Store
from vutler_operator.resources.agent import AgentSpec
from vutler_operator.resources.objects import Manifest, ObjectRef, ref_of

AVA = ObjectRef("Agent", "team-a", "ava")
INPUTS = AgentInputs(obj("Agent", "ava"), AgentSpec(), Tokens("r", "g"), prompt="Be kind.")


CHILDREN = (ObjectRef("Deployment", "team-a", "ava"), ObjectRef("Service", "team-a", "ava"))


def deployment(version: int, replicas: int = 1, **more: Any) -> Manifest:
    made = obj("Deployment", "ava", version, agent="ava", spec={"replicas": replicas}, **more)
    made["metadata"]["generation"] = version
    return made


@pytest.fixture
def store() -> Store:
    store = Store()
    store.put(deployment(1))
    store.put(obj("Service", "ava", 1, agent="ava", spec={}))
    return store


@pytest.fixture
def settled(store: Store) -> Settled:
    settled = Settled(store)
    settled.remember(AVA, INPUTS, {ref: store.fingerprint(ref) or b"" for ref in CHILDREN})
    return settled


def test_a_pod_on_its_way_changes_nothing(store: Store, settled: Settled) -> None:
    store.put(deployment(2, status={"readyReplicas": 1}))

    assert settled.holds(AVA, INPUTS)


def test_the_agents_own_status_changes_nothing(settled: Settled) -> None:
    told = replace(INPUTS, owner=obj("Agent", "ava", 7, status={"phase": "Running"}))

    assert settled.holds(AVA, told)


@pytest.mark.parametrize(
    "changed",
    [
        replace(INPUTS, owner=obj("Agent", "ava") | {"metadata": {"name": "ava", "uid": "another"}}),
        replace(INPUTS, spec=AgentSpec(running=False)),
        replace(INPUTS, tokens=Tokens("new", "g")),
        replace(INPUTS, prompt="Be brief."),
        replace(INPUTS, skills={"sums": "Add."}),
        replace(INPUTS, external={"KEY": "v"}),
    ],
    ids=["another agent of the name", "spec", "token", "prompt", "skill", "value from a Secret"],
)
def test_every_input_counts(settled: Settled, changed: AgentInputs) -> None:
    assert not settled.holds(AVA, changed)


@pytest.mark.parametrize(
    "changed",
    [
        deployment(2, replicas=3),
        deployment(2, data={"a": "b"}),
        deployment(2) | {"metadata": deployment(2)["metadata"] | {"annotations": {"a": "b"}}},
        deployment(2) | {"metadata": deployment(2)["metadata"] | {"deletionTimestamp": "2026-11-27T12:00:00Z"}},
    ],
    ids=["spec", "another part", "annotation", "deletion"],
)
def test_every_change_of_a_child_counts(store: Store, settled: Settled, changed: Manifest) -> None:
    store.put(changed)

    assert not settled.holds(AVA, INPUTS)


def test_a_child_that_is_gone_counts(store: Store, settled: Settled) -> None:
    store.remove(ref_of(obj("Service", "ava")), 9)

    assert not settled.holds(AVA, INPUTS)


def test_a_change_that_came_in_while_others_were_compared_counts(store: Store) -> None:
    settled = Settled(store)
    compared = {ref: store.fingerprint(ref) or b"" for ref in CHILDREN}
    store.put(deployment(2, replicas=3))

    settled.remember(AVA, INPUTS, compared)

    assert not settled.holds(AVA, INPUTS)


def test_nothing_is_known_of_an_agent_that_was_forgotten(settled: Settled) -> None:
    settled.forget(AVA)

    assert not settled.holds(AVA, INPUTS)
