import asyncio
import os
from dataclasses import replace

import pytest
from typing_extensions import override

from tests.router.services.conftest import World
from tests.support.router_values import make_agent
from vutler_router.domain.agent_store import InMemoryAgentStore
from vutler_router.domain.llm import ChainLink, LlmSettings
from vutler_router.domain.sealed import Sealed
from vutler_router.errors import SealBroken, StorageError
from vutler_router.keys.sealing import Sealer, provider_key_purpose
from vutler_router.services.directory import AgentDirectory
from vutler_router.settings import ProviderName


async def test_it_knows_every_agent_after_loading(world: World) -> None:
    for number in range(450):
        await world.store.add(make_agent(f"team-a.a{number}"))

    await world.directory.load()

    assert len(world.directory) == 450
    assert world.directory.by_token("team-a.a449") == make_agent("team-a.a449")
    assert world.directory.by_token("nobody's") is None


async def test_what_others_change_is_taken_over(world: World) -> None:
    ava, bob = make_agent("team-a.ava"), make_agent("team-a.bob")
    await world.store.add(ava)
    await world.store.add(bob)
    await world.directory.load()
    eva = replace(ava, display_name="Eva")
    await world.store.replace(ava, eva)
    await world.store.remove(bob.id)
    await world.store.add(make_agent("team-a.cy"))

    assert await world.directory.refresh()

    assert sorted(agent.id for agent in world.directory) == ["team-a.ava", "team-a.cy"]
    assert world.directory.get("team-a.ava") == eva
    assert world.directory.by_token("team-a.bob") is None


async def test_nothing_is_read_while_nothing_changes(world: World) -> None:
    await world.store.add(make_agent())
    await world.directory.load()

    assert not await world.directory.refresh()


async def test_following_takes_changes_over_by_itself(world: World) -> None:
    await world.directory.load()
    following = asyncio.create_task(world.directory.follow(interval=0.01))
    await world.store.add(make_agent())

    await asyncio.sleep(0.2)
    following.cancel()

    assert world.directory.find("team-a.ava") == make_agent()


async def test_an_outage_of_the_store_leaves_what_is_known_in_use(world: World) -> None:
    class Away(InMemoryAgentStore):
        @override
        async def version(self) -> int:
            raise StorageError("away")

    await world.store.add(make_agent())
    await world.directory.load()
    world.directory._store = Away()
    following = asyncio.create_task(world.directory.follow(interval=0.01))

    await asyncio.sleep(0.1)
    assert not following.done()
    following.cancel()

    assert world.directory.by_token("team-a.ava") is not None


async def test_an_agent_made_while_refreshing_is_not_forgotten(world: World) -> None:
    await world.directory.load()
    ava, bob = make_agent("team-a.ava"), make_agent("team-a.bob")
    await world.store.add(bob)
    refreshing = asyncio.create_task(world.directory.refresh())
    await asyncio.sleep(0)
    world.directory.put(ava)  # its store is a moment behind, as another replica's may be
    await refreshing

    assert sorted(agent.id for agent in world.directory) == ["team-a.ava", "team-a.bob"]


async def test_one_agents_unreadable_key_is_its_own_problem(world: World) -> None:
    lost = Sealer([os.urandom(32)])
    key = lost.seal("sk", owner="team-a.ava", purpose=provider_key_purpose("openai", None))
    chain = (ChainLink(ProviderName.OPENAI, "gpt-4o-mini", key),)
    await world.store.add(make_agent("team-a.ava", llm=LlmSettings(chain=chain)))
    await world.store.add(make_agent("team-a.bob", llm=LlmSettings(chain=(ChainLink(ProviderName.ECHO, "echo"),))))
    await world.directory.load()

    with pytest.raises(SealBroken, match=r"team-a\.ava"):
        world.directory.links(world.directory.get("team-a.ava"))
    assert [link.provider for link in world.directory.links(world.directory.get("team-a.bob"))] == ["echo"]


async def test_a_key_stolen_from_another_agents_record_does_not_open(world: World) -> None:
    key = world.sealer.seal("sk", owner="team-a.ava", purpose=provider_key_purpose("openai", None))
    chain = (ChainLink(ProviderName.OPENAI, "gpt-4o-mini", key),)
    await world.store.add(make_agent("team-a.eve", llm=LlmSettings(chain=chain)))
    await world.directory.load()

    with pytest.raises(SealBroken):
        world.directory.links(world.directory.get("team-a.eve"))


async def test_keys_are_opened_once(world: World) -> None:
    opened = []

    class Counting(Sealer):
        @override
        def unseal(self, sealed: Sealed, *, owner: str, purpose: str) -> str:
            opened.append(owner)
            return super().unseal(sealed, owner=owner, purpose=purpose)

    sealer = Counting([os.urandom(32)])
    key = sealer.seal("sk", owner="team-a.ava", purpose=provider_key_purpose("openai", None))
    agent = make_agent(llm=LlmSettings(chain=(ChainLink(ProviderName.OPENAI, "gpt-4o-mini", key),)))
    await world.store.add(agent)
    directory = AgentDirectory(world.store, sealer, world.clock)
    await directory.load()

    for _ in range(5):
        directory.links(directory.get("team-a.ava"))

    assert opened == ["team-a.ava"]
