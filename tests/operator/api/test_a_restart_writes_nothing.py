from pathlib import Path

from tests.operator.api.operator_process import run_operator
from tests.operator.api.rich_agent import rich_agent
from tests.operator.api.router_stand_in import StandInRouter
from tests.operator.api.world import World


def test_after_a_settled_state(own_router: StandInRouter, world: World, tmp_path: Path) -> None:
    with run_operator(world.server.kubeconfig, own_router.url, tmp_path, world.namespace) as first:
        rich_agent(world)
        world.await_reason("PodStarting")
        first.settle()
    versions = world.versions()

    with run_operator(world.server.kubeconfig, own_router.url, tmp_path, world.namespace) as second:
        assert second.settle(quiet_seconds=1.5) == 0

    assert world.versions() == versions


def test_while_the_router_is_down(own_router: StandInRouter, world: World, tmp_path: Path) -> None:
    with run_operator(world.server.kubeconfig, own_router.url, tmp_path, world.namespace) as first:
        world.agent()
        world.await_reason("Synced", "RouterSynced")
        own_router.down = True
        world.await_reason("RouterUnreachable", "RouterSynced", seconds=30)
        first.settle()

    with run_operator(world.server.kubeconfig, own_router.url, tmp_path, world.namespace) as second:
        assert second.settle(quiet_seconds=1.5) == 0
