from datetime import UTC, datetime, timedelta
from typing import Any

from tests.operator.reconcile.objects import obj
from vutler_operator import names
from vutler_operator.reconcile.metrics import Metrics
from vutler_operator.reconcile.rollouts import Change
from vutler_operator.reconcile.store import Store
from vutler_operator.reconcile.turns import Turns
from vutler_operator.resources.objects import Manifest, ObjectRef

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
BASE = Change("team-a/base", "")
A, B, C = (ObjectRef("Agent", "team-a", name) for name in "abc")
UP: dict[str, Any] = {"observedGeneration": 1, "updatedReplicas": 1, "availableReplicas": 1}


class World:
    """A store, a clock and a queue that only remembers."""

    def __init__(self, pace: int = 1) -> None:
        self.store = Store()
        self.queued: list[ObjectRef] = []
        self.time = NOON
        self.version = 0
        self.turns = self.started(pace)

    def started(self, pace: int) -> Turns:
        return Turns(self.store, pace, lambda: self.time, self.queued.append)

    def deployment(self, agent: ObjectRef, mark: str = "team-a/base", **status: Any) -> None:
        self.version += 1
        made: Manifest = obj(
            "Deployment",
            agent.name,
            self.version,
            agent=agent.name,
            spec={"replicas": 1, "template": {"spec": {"containers": [{"name": "openclaw", "image": "openclaw:1"}]}}},
            status=status,
        )
        made["metadata"]["annotations"] = {names.ROLLED_FOR: mark}
        self.store.put(made)


def test_a_turn_is_taken_before_its_deployment_is_written() -> None:
    world = World()

    assert world.turns.ask(A, BASE)
    assert not world.turns.ask(B, BASE)


def test_whoever_waits_is_queued_when_the_one_before_came_up() -> None:
    world = World()
    world.turns.ask(A, BASE)
    world.turns.ask(B, BASE)
    world.turns.ask(C, BASE)

    world.deployment(A, observedGeneration=0)
    world.turns.observe(A, waits=False)
    world.turns.wake()
    assert world.queued == []

    world.deployment(A, **UP)
    world.turns.observe(A, waits=False)
    world.turns.wake()
    assert world.queued == [B]
    assert not world.turns.ask(C, BASE), "nobody is overtaken"
    assert world.turns.ask(B, BASE)


def test_a_turn_whose_write_failed_is_free_again() -> None:
    world = World()
    world.turns.ask(A, BASE)
    world.deployment(A, mark="", **UP)

    world.turns.observe(A, waits=False)

    assert world.turns.ask(B, BASE)


def test_an_agent_that_is_gone_or_needs_no_turn_any_more_holds_nobody_up() -> None:
    world = World()
    world.deployment(A, observedGeneration=0)
    assert not world.turns.ask(B, BASE)
    assert not world.turns.ask(C, BASE)

    world.store.drop(A._replace(kind="Deployment"))
    world.turns.observe(A, waits=False)
    world.turns.observe(B, waits=False)
    world.turns.wake()

    assert world.queued == [C]


def test_a_restarted_operator_finds_the_turns_that_were_taken() -> None:
    world = World()
    world.deployment(A, observedGeneration=0)

    assert not world.started(1).ask(B, BASE)
    assert world.started(2).ask(B, BASE)


def test_time_alone_lets_others_go_on() -> None:
    world = World()
    since = {"type": "Available", "status": "False", "lastTransitionTime": "2026-11-27T12:00:00Z"}
    world.deployment(A, observedGeneration=1, conditions=[since])
    other = Change("team-b/other", "")
    assert not world.turns.ask(B, other)

    world.time += timedelta(minutes=10)
    world.turns.wake()

    assert world.queued == [B]
    assert not world.turns.ask(C, BASE), "its own template goes no further"


def test_those_who_wait_are_counted() -> None:
    world, metrics = World(), Metrics()
    metrics.rollouts_waiting.set_function(lambda: len(world.turns))

    for agent in (A, B, C):
        world.turns.ask(agent, BASE)

    assert "vutler_operator_rollouts_waiting 2.0" in metrics.render(world.store).decode().splitlines()
