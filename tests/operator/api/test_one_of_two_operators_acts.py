"""Two operator processes of one home: one acts, and what becomes of that when it dies, stops, or is cut off."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import pytest

from tests.operator.api.operator_process import TOKEN, OperatorProcess, eventually, run_to_its_end, start_operator
from tests.operator.api.router_stand_in import StandInRouter
from tests.operator.api.world import World
from vutler_operator.names import lease_name

TAKEOVER_SECONDS = 30
HANDOVER_SECONDS = 12
"""Two on a quiet machine; less than the fifteen of a lease that has to run out, and that is what is to be shown."""


class Home:
    """A namespace in which operators contend for one lease."""

    def __init__(self, world: World, router: StandInRouter, folder: Path, stack: ExitStack) -> None:
        self._world, self._router, self._folder, self._stack = world, router, folder, stack
        name = lease_name([world.namespace])
        self.lease_path = f"/apis/coordination.k8s.io/v1/namespaces/{world.namespace}/leases/{name}"

    def start(self, pod: str, watched: str = "", **more: str) -> OperatorProcess:
        """Start the operator of one pod, or outside of any; the test says how it ends."""
        place, namespaces = self._world.server.kubeconfig, watched or self._world.namespace
        started = start_operator(place, self._router.url, self._folder, namespaces, POD_ID=pod, **more)
        return self._stack.enter_context(started)

    def lease(self) -> dict[str, Any]:
        answer = self._world.server.http.get(self.lease_path)
        return cast("dict[str, Any]", answer.json()["spec"]) if answer.is_success else {}

    def holder(self) -> str:
        """Return the pod whose operator holds the lease; empty: none."""
        return str(self.lease().get("holderIdentity") or "").partition("_")[0]


@pytest.fixture
def home(world: World, router: StandInRouter, tmp_path: Path) -> Iterator[Home]:
    with ExitStack() as stack:
        yield Home(world, router, tmp_path, stack)


def seconds_until_acting(operator: OperatorProcess, world: World, name: str) -> float:
    """Make an Agent and return after how many seconds an operator that stood by until now has made its Deployment."""
    started = time.monotonic()
    world.agent(name)
    eventually(lambda: world.find("Deployment", name), f"a Deployment of {name}", seconds=TAKEOVER_SECONDS)
    assert operator.leads()
    return time.monotonic() - started


def test_the_other_is_ready_and_writes_nothing(home: Home, world: World) -> None:
    first, second = home.start("first"), home.start("second")
    world.agent()
    world.await_reason("PodStarting")

    assert (home.holder(), first.leads(), second.leads()) == ("first", True, False)
    assert first.settle() > 0
    assert second.writes() == 0
    assert 'resource="leases",status="200",verb="get"' in second.metrics()


def test_it_takes_over_from_one_that_was_killed(home: Home, world: World) -> None:
    first, second = home.start("first"), home.start("second")

    first.process.kill()

    took = seconds_until_acting(second, world, "ava")
    print(f"from kill -9 to another operator's Deployment: {took:.1f} s")  # noqa: T201  a figure for people
    assert home.lease()["leaseTransitions"] == 1


def test_it_takes_over_at_once_from_one_that_is_stopped(home: Home, world: World) -> None:
    first, second = home.start("first"), home.start("second")

    first.process.send_signal(signal.SIGTERM)

    took = seconds_until_acting(second, world, "ava")
    print(f"from SIGTERM to another operator's Deployment: {took:.1f} s")  # noqa: T201  a figure for people
    assert took < HANDOVER_SECONDS
    assert first.process.wait(5) == 0


def test_one_that_was_cut_off_writes_nothing_afterwards(home: Home, world: World) -> None:
    first, second = home.start("first"), home.start("second")
    world.agent()
    world.await_reason("PodStarting")
    first.settle()
    first.process.send_signal(signal.SIGSTOP)
    world.patch("Agent", "ava", {"spec": {"systemPrompt": "Seen by the second only."}})
    world.delete("Service", "ava")
    eventually(second.leads, "the takeover", seconds=TAKEOVER_SECONDS)
    world.get("Service", "ava")
    second.settle()
    versions = world.versions()

    first.process.send_signal(signal.SIGCONT)

    assert first.process.wait(10) == 1
    assert "another operator may act by now" in first.log.read_text()
    assert (home.holder(), second.leads()) == ("second", True)
    assert world.versions() == versions


def test_a_restarted_container_goes_on_at_once(home: Home, world: World) -> None:
    home.start("first").process.kill()

    again = home.start("first")

    assert again.leads()
    assert seconds_until_acting(again, world, "ava") < HANDOVER_SECONDS


def test_outside_of_a_pod_a_killed_process_is_succeeded_at_once(home: Home, world: World) -> None:
    home.start("").process.kill()

    again = home.start("")

    assert again.leads()
    assert seconds_until_acting(again, world, "ava") < HANDOVER_SECONDS


def test_operators_of_other_namespaces_act_side_by_side(home: Home, world: World) -> None:
    other = home.start("", f"{world.namespace}-other", OPERATOR_NAMESPACE=world.namespace)

    own = home.start("", OPERATOR_NAMESPACE=world.namespace)

    assert (other.leads(), own.leads()) == (True, True)


def test_a_lease_deleted_by_hand_is_made_again_by_its_holder(home: Home, world: World) -> None:
    first, second = home.start("first"), home.start("second")

    world.server.http.delete(home.lease_path)

    eventually(lambda: home.holder() == "first", "the lease is back")
    assert (first.leads(), second.leads()) == (True, False)


def test_without_a_home_the_remedy_is_named(world: World, router: StandInRouter) -> None:
    ended = run_to_its_end(
        seconds=60,
        KUBECONFIG=str(world.server.kubeconfig),
        ROUTER_URL=router.url,
        ROUTER_ADMIN_TOKEN=TOKEN,
        OPERATOR_NAMESPACE="nowhere",
    )

    assert ended.returncode == 78
    assert ended.stderr.startswith("OPERATOR_NAMESPACE: operators agree there on the one that acts")
    assert ended.stderr.endswith("create it or name another one\n")
