import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from typing_extensions import override

from tests.router.services.conftest import Clock
from tests.support.router_values import make_agent
from vutler_router.domain.agent import Agent, Gateway
from vutler_router.domain.agent_store import AgentStore, InMemoryAgentStore
from vutler_router.domain.llm import ChainLink, LlmSettings
from vutler_router.errors import WriteConflict
from vutler_router.keys.sealing import GATEWAY_TOKEN, Sealer, provider_key_purpose
from vutler_router.services.directory import AgentDirectory
from vutler_router.services.edits import edit_agent
from vutler_router.services.key_rotation import KeyRotation, RotationTally, UnreadableSecret
from vutler_router.settings import ProviderName
from vutler_router.storage.sqlite import open_sqlite

OLD, NEW, LOST = os.urandom(32), os.urandom(32), os.urandom(32)
BEFORE, ROTATING, AFTER = Sealer([OLD]), Sealer([NEW, OLD]), Sealer([NEW])
ENDPOINT = "https://models.example/v1"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[AgentStore]:
    storage = await open_sqlite(tmp_path / "router.db")
    yield storage.agents
    await storage.aclose()


def sealed_agent(agent_id: str = "team-a.ava", sealer: Sealer = BEFORE) -> Agent:
    """Return an agent with three secrets: a key, a key for an address of its own, and a gateway token."""

    def link(provider: ProviderName, endpoint: str | None = None) -> ChainLink:
        purpose = provider_key_purpose(provider, endpoint)
        return ChainLink(provider, "m", sealer.seal(f"sk-{provider}", owner=agent_id, purpose=purpose), endpoint)

    chain = (link(ProviderName.OPENAI), link(ProviderName.CUSTOM, ENDPOINT), ChainLink(ProviderName.OLLAMA, "m"))
    token = sealer.seal("gateway-token", owner=agent_id, purpose=GATEWAY_TOKEN)
    return make_agent(agent_id, gateway=Gateway("http://ava:1", token), llm=LlmSettings(chain=chain))


async def rotate(store: AgentStore, sealer: Sealer = ROTATING) -> RotationTally:
    return await KeyRotation(store, sealer).run(lambda _: None)


async def opened(store: AgentStore, agent_id: str, sealer: Sealer) -> tuple[list[str | None], str | None]:
    """Return an agent's secrets as a router with this ring would use them."""
    directory = AgentDirectory(store, sealer, Clock())
    await directory.load()
    agent = directory.get(agent_id)
    return [link.key for link in directory.links(agent)], directory.gateway_token(agent)


async def test_every_secret_opens_with_the_new_key_alone(store: AgentStore) -> None:
    await store.add(sealed_agent())

    tally = await rotate(store)

    assert str(tally) == "1 agents, 3 secrets sealed anew, 0 already current, 0 unreadable"
    assert await opened(store, "team-a.ava", AFTER) == (["sk-openai", "sk-custom", None], "gateway-token")


async def test_nothing_but_the_seals_changes(store: AgentStore) -> None:
    agent = sealed_agent()
    await store.add(agent)

    await rotate(store)

    after = await store.get(agent.id)
    assert after.gateway != agent.gateway
    assert replace(after, gateway=agent.gateway, llm=agent.llm) == agent


async def test_a_second_run_writes_nothing(store: AgentStore) -> None:
    await store.add(sealed_agent())
    await rotate(store)
    version, stamps = await store.version(), await store.stamps()

    tally = await rotate(store)

    assert (tally.renewed, tally.current) == (0, 3)
    assert (await store.version(), await store.stamps()) == (version, stamps)


async def test_agents_without_secrets_are_left_alone(store: AgentStore) -> None:
    await store.add(make_agent("team-a.new"))
    await store.add(make_agent("team-a.bare", gateway=Gateway("http://ava:1"), llm=LlmSettings(tier="economy")))
    version = await store.version()

    assert await rotate(store) == RotationTally(agents=2)
    assert await store.version() == version


async def test_running_routers_notice(store: AgentStore) -> None:
    await store.add(sealed_agent())
    running = AgentDirectory(store, ROTATING, Clock())
    await running.load()

    await rotate(store)

    assert await running.refresh()
    assert running.get("team-a.ava") == await store.get("team-a.ava")


async def test_a_secret_that_does_not_open_is_named_and_left(store: AgentStore) -> None:
    agent, lost = sealed_agent(), Sealer([LOST]).seal("x", owner="team-a.ava", purpose=GATEWAY_TOKEN)
    await store.add(replace(agent, gateway=Gateway("http://ava:1", lost)))
    await store.add(sealed_agent("team-a.bob"))

    tally = await rotate(store)

    assert tally == RotationTally(2, 5, 0, (UnreadableSecret("team-a.ava", "the gateway token"),))
    assert (await store.get(agent.id)).gateway == Gateway("http://ava:1", lost)
    assert (await opened(store, "team-a.bob", AFTER))[1] == "gateway-token"


async def test_a_secret_under_the_new_key_that_does_not_open_is_not_called_current(store: AgentStore) -> None:
    copied = AFTER.seal("sk-1", owner="team-a.bob", purpose=provider_key_purpose("openai", None))
    llm = LlmSettings(chain=(ChainLink(ProviderName.OPENAI, "m", copied),))
    await store.add(make_agent(llm=llm))

    tally = await rotate(store)

    assert (tally.current, tally.unreadable) == (0, (UnreadableSecret("team-a.ava", "the key for openai"),))


async def test_all_pages_are_gone_through(store: AgentStore) -> None:
    for number in range(203):
        await store.add(sealed_agent(f"team-a.agent-{number:03}"))
    seen: list[int] = []

    tally = await KeyRotation(store, ROTATING).run(lambda so_far: seen.append(so_far.agents))

    assert (tally.agents, tally.renewed, seen) == (203, 609, [200, 203])


class Interfered(InMemoryAgentStore):
    """A store in which somebody else changes the agent between the read and the write of it, so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self._times = times

    @override
    async def replace(self, old: Agent, new: Agent) -> None:
        if self._times:
            self._times -= 1
            now = await self.get(old.id)
            await super().replace(now, replace(now, display_name=f"{now.display_name}!"))
        await super().replace(old, new)


async def test_what_others_change_meanwhile_is_kept() -> None:
    store = Interfered(times=2)
    await store.add(sealed_agent())

    tally = await rotate(store)

    assert (tally.agents, tally.renewed) == (1, 3)
    assert (await store.get("team-a.ava")).display_name == "Ava!!"
    assert (await opened(store, "team-a.ava", AFTER))[1] == "gateway-token"


async def test_a_change_that_never_stops_ends_the_run_with_an_error() -> None:
    store = Interfered(times=99)
    await store.add(sealed_agent())
    with pytest.raises(WriteConflict, match=r"team-a\.ava is being changed by others"):
        await rotate(store)


async def test_writers_at_the_same_time_lose_nothing(store: AgentStore) -> None:
    for number in range(30):
        await store.add(sealed_agent(f"team-a.agent-{number:02}"))

    async def rename(agent_id: str) -> None:
        await edit_agent(store, agent_id, lambda agent: replace(agent, display_name=f"I am {agent_id}"))

    ids = list(await store.stamps())
    await asyncio.gather(rotate(store), *(rename(agent_id) for agent_id in ids))

    for agent_id in ids:
        assert (await store.get(agent_id)).display_name == f"I am {agent_id}"
        assert (await opened(store, agent_id, AFTER))[1] == "gateway-token"


class Deleting(InMemoryAgentStore):
    """A store in which somebody else deletes an agent between the read and the write of it."""

    @override
    async def replace(self, old: Agent, new: Agent) -> None:
        if old.id == "team-a.ava":
            await self.remove(old.id)
        await super().replace(old, new)


async def test_an_agent_that_is_deleted_meanwhile_is_not_counted() -> None:
    store = Deleting()
    await store.add(sealed_agent("team-a.ava"))
    await store.add(sealed_agent("team-a.bob"))

    assert await rotate(store) == RotationTally(1, 3)
