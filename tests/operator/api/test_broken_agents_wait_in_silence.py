from tests.operator.api.broken import BROKEN, make_the_broken
from tests.operator.api.operator_process import OperatorProcess
from tests.operator.api.router_stand_in import StandInRouter
from tests.operator.api.world import World


def test_none_of_them_writes_anything_while_it_waits(
    own_operator: OperatorProcess, own_router: StandInRouter, world: World
) -> None:
    make_the_broken(world, own_router)
    for name, (_, reason) in BROKEN.items():
        world.await_reason(reason, "RouterSynced" if name == "refused" else "Ready", name, seconds=30)
    own_operator.settle(quiet_seconds=2)
    versions = world.versions()

    before = own_operator.settle()
    assert own_operator.settle(quiet_seconds=6) == before, "longer than any of them is looked at again"

    assert world.versions() == versions
