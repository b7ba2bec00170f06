from datetime import timedelta

from tests.router.services.conftest import World
from tests.support.router_values import make_agent
from vutler_router.domain.agent import Agent
from vutler_router.keys.sealing import Sealer
from vutler_router.keys.tokens import hash_token
from vutler_router.services.agents import AgentPut
from vutler_router.services.directory import AgentDirectory
from vutler_router.services.views import agent_view
from vutler_router.storage.records import agent_from_json, agent_json


async def rotated(world: World) -> Agent:
    """Push an agent, then the same with another token."""
    await world.agents.put("team-a.ava", AgentPut(token_sha256=hash_token("old")))
    return await world.agents.put("team-a.ava", AgentPut(token_sha256=hash_token("new"), revision="r2"))


async def test_the_pod_that_still_has_the_old_one_is_answered_until_it_has_restarted(world: World) -> None:
    agent = await rotated(world)

    assert world.directory.by_token("new") == agent
    assert world.directory.by_token("old") == agent
    world.clock.time += timedelta(minutes=5)
    assert world.directory.by_token("old") is None
    assert world.directory.by_token("new") == agent


async def test_it_is_gone_at_once_with_its_agent(world: World) -> None:
    await rotated(world)

    await world.agents.delete("team-a.ava")

    assert world.directory.by_token("old") is None
    assert world.directory.by_token("new") is None


async def test_only_the_last_one_before_is_good(world: World) -> None:
    await rotated(world)
    agent = await world.agents.put("team-a.ava", AgentPut(token_sha256=hash_token("newest")))

    assert world.directory.by_token("old") is None
    assert world.directory.by_token("new") == agent


async def test_other_changes_do_not_lengthen_its_life(world: World) -> None:
    await rotated(world)
    world.clock.time += timedelta(minutes=4)
    await world.agents.put("team-a.ava", AgentPut(display_name="Ava B."))
    world.clock.time += timedelta(minutes=1)

    assert world.directory.by_token("old") is None


async def test_another_router_learns_of_both(world: World) -> None:
    agent = await rotated(world)
    other = AgentDirectory(world.store, Sealer([b"k" * 32]), world.clock)

    await other.load()

    assert other.by_token("old") == agent
    assert other.by_token("new") == agent


async def test_nobody_is_shown_it(world: World) -> None:
    agent = await rotated(world)

    assert hash_token("old") not in str(agent_view(agent))


def test_the_record_of_an_earlier_version_is_read_and_written_as_it_was() -> None:
    agent = make_agent()

    assert b"former_token" not in agent_json(agent)
    assert agent_from_json(agent_json(agent)) == agent


async def test_its_record_comes_back_whole(world: World) -> None:
    agent = await rotated(world)

    assert agent_from_json(agent_json(agent)) == agent
