from tests.operator.api.operator_process import OperatorProcess
from tests.operator.api.rich_agent import rich_agent
from tests.operator.api.world import World


def test_when_the_agent_is_touched_again_and_again(operator: OperatorProcess, world: World) -> None:
    rich_agent(world)
    world.await_reason("PodStarting")
    operator.settle()
    versions = world.versions()
    before = operator.settle()

    for number in range(10):
        world.patch("Agent", "ava", {"metadata": {"annotations": {"touched": str(number)}}})
    after = operator.settle()

    assert after == before
    now = world.versions()
    assert {key for key in now if now[key] != versions.get(key)} == {"Agent/ava"}
