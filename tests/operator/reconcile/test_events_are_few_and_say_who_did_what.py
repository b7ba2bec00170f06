import itertools
from typing import Any

import pytest

from tests.operator.reconcile.objects import obj
from vutler_operator.errors import ClusterError, Conflict
from vutler_operator.reconcile.events import build_events
from vutler_operator.reconcile.flood import FloodGuard
from vutler_operator.reconcile.statuses import Statuses
from vutler_operator.reconcile.store import Store
from vutler_operator.resources.objects import Manifest, ObjectRef

AVA, BEN = (ObjectRef("Agent", "team-a", name) for name in ("ava", "ben"))
NOW = "2026-11-27T12:00:00Z"


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Server:
    """Takes statuses and Events as an API server does, unless it is told to refuse."""

    def __init__(self) -> None:
        self.events: list[Manifest] = []
        self.refusal: ClusterError | None = None
        self.event_refusal: ClusterError | None = None

    async def apply_status(self, obj: Manifest, status: Manifest) -> Manifest:
        if self.refusal is not None:
            raise self.refusal
        return {**obj, "status": status}

    async def create_event(self, event: Manifest) -> None:
        if self.event_refusal is not None:
            raise self.event_refusal
        self.events.append(event)


def status(reason: str, state: str = "False") -> dict[str, Any]:
    return {"conditions": [{"type": "Ready", "status": state, "reason": reason, "message": f"{reason}: do this"}]}


def statuses(server: Server, clock: Clock) -> Statuses:
    numbers = itertools.count()
    return Statuses(server, Store(), lambda: str(next(numbers)), clock, lambda _ref, _seconds: None)


async def flap(writer: Statuses, clock: Clock, times: int) -> None:
    """Go up or down once a second, so many times."""
    states = [status("AgentReady", "True"), status("CrashLoopBackOff")]
    for number in range(times):
        await writer.write(obj("Agent", "ava", status=states[number % 2]), states[(number + 1) % 2], NOW)
        clock.now += 1


def test_an_event_says_who_did_what_to_which_object() -> None:
    (event,) = build_events(obj("Agent", "ava"), status("SecretNotFound"), now=NOW, new_suffix=lambda: "1")

    assert {key: event[key] for key in ("type", "reason", "message", "action", "reportingComponent", "source")} == {
        "type": "Warning",
        "reason": "SecretNotFound",
        "message": "SecretNotFound: do this",
        "action": "Reconcile",
        "reportingComponent": "vutler-operator",
        "source": {"component": "vutler-operator"},
    }
    assert event["involvedObject"]["uid"] == "uid-ava"


def test_good_news_is_normal_and_a_long_message_is_cut_visibly() -> None:
    ready = status("AgentReady", "True")
    ready["conditions"][0]["message"] = "x" * 5000

    (event,) = build_events(obj("Agent", "ava"), ready, now=NOW, new_suffix=lambda: "1")

    assert event["type"] == "Normal"
    assert (len(event["message"]), event["message"][-1]) == (1024, "…")


async def test_an_agent_that_flaps_is_told_of_ten_times_in_ten_minutes() -> None:
    server, clock = Server(), Clock()
    writer = statuses(server, clock)

    await flap(writer, clock, 600)
    assert len(server.events) == 10

    await flap(writer, clock, 600)
    assert len(server.events) == 20
    assert server.events[10]["message"].startswith("(590 transitions before this one were not told) CrashLoopBackOff")
    assert server.events[11]["message"] == "AgentReady: do this"


async def test_one_agent_that_flaps_takes_no_event_from_another() -> None:
    guard = FloodGuard(Clock())
    for _ in range(50):
        guard.admit(AVA)

    assert guard.admit(AVA) is None
    assert guard.admit(BEN) == 0


def test_quiet_objects_are_forgotten() -> None:
    clock = Clock()
    guard = FloodGuard(clock)
    for number in range(1000):
        guard.admit(ObjectRef("Agent", "team-a", str(number)))

    clock.now = 700.0
    guard.admit(AVA)

    assert list(guard._told) == [AVA]


async def test_a_conflict_is_no_event() -> None:
    server = Server()
    server.refusal = Conflict("somebody was faster")
    writer = statuses(server, Clock())

    with pytest.raises(Conflict):
        await writer.write(obj("Agent", "ava"), status("SecretNotFound"), NOW)

    assert server.events == []


async def test_an_event_that_is_refused_fails_nothing() -> None:
    server = Server()
    server.event_refusal = ClusterError("no events here", 403)

    await statuses(server, Clock()).write(obj("Agent", "ava"), status("SecretNotFound"), NOW)

    assert server.events == []
