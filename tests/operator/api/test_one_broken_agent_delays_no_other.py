"""One agent of every broken kind beside a good one: that one does not notice, and each of them says what is wrong."""

import time

from tests.operator.api.broken import BROKEN, make_the_broken
from tests.operator.api.operator_process import OperatorProcess, eventually
from tests.operator.api.router_stand_in import StandInRouter
from tests.operator.api.world import World


def test_a_good_one_is_served_as_if_it_were_alone(
    operator: OperatorProcess, router: StandInRouter, world: World
) -> None:
    world.agent("alone")
    alone = seconds_until_there(world, "alone")
    make_the_broken(world, router)

    world.agent("good")
    beside = seconds_until_there(world, "good")
    world.report_pod("good")
    world.await_reason("AgentReady", name="good", seconds=30)
    world.await_reason("Synced", "RouterSynced", name="good", seconds=30)

    assert beside < alone + 5, "a machine that is busy gets some room"
    found = {
        name: world.await_reason(reason, "RouterSynced" if name == "refused" else "Ready", name, seconds=30)["reason"]
        for name, (_, reason) in BROKEN.items()
    }
    assert found == {name: reason for name, (_, reason) in BROKEN.items()}
    before = operator.settle()
    world.patch("Agent", "good", {"spec": {"displayName": "Better"}})
    eventually(lambda: router.agents[f"{world.namespace}.good"]["display_name"] == "Better", "an edit arrives")
    assert operator.settle() > before


def seconds_until_there(world: World, name: str) -> float:
    start = time.monotonic()
    eventually(lambda: world.find("Deployment", name), f"a Deployment of {name}", seconds=30)
    return time.monotonic() - start
