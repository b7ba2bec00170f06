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
from vutler_router.domain.channel import Hook, HookKind
from vutler_router.domain.llm import ChainLink, LlmSettings
from vutler_router.errors import WriteConflict
from vutler_router.keys.sealing import GATEWAY_TOKEN, HOOK_SECRET, HOOK_URL, Sealer, provider_key_purpose
from vutler_router.services.directory import AgentDirectory
from vutler_router.services.edits import edit_agent
from vutler_router.services.key_rotation import KeyRotation, RotationTally, UnreadableSecret
from vutler_router.settings import ProviderName
from vutler_router.storage.opened import Storage
from vutler_router.storage.sqlite import open_sqlite

OLD, NEW, LOST = os.urandom(32), os.urandom(32), os.urandom(32)
BEFORE, ROTATING, AFTER = Sealer([OLD]), Sealer([NEW, OLD]), Sealer([NEW])
ENDPOINT = "https://models.example/v1"


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    storage = await open_sqlite(tmp_path / "router.db")
    yield storage
    await storage.aclose()


@pytest.fixture
def store(storage: Storage) -> AgentStore:
    return storage.agents


def sealed_agent(agent_id: str = "team-a.ava", sealer: Sealer = BEFORE) -> Agent:
    """Return an agent with three secrets: a key, a key for an address of its own, and a gateway token."""

    def link(provider: ProviderName, endpoint: str | None = None) -> ChainLink:
        purpose = provider_key_purpose(provider, endpoint)
        return ChainLink(provider, "m", sealer.seal(f"sk-{provider}", owner=agent_id, purpose=purpose), endpoint)

    chain = (link(ProviderName.OPENAI), link(ProviderName.CUSTOM, ENDPOINT), ChainLink(ProviderName.OLLAMA, "m"))
    token = sealer.seal("gateway-token", owner=agent_id, purpose=GATEWAY_TOKEN)
    return make_agent(agent_id, gateway=Gateway("http://ava:1", token), llm=LlmSettings(chain=chain))


async def rotate(storage: Storage, sealer: Sealer = ROTATING) -> RotationTally:
    return await KeyRotation(storage.agents, storage.channels, sealer).run(lambda _: None)


async def opened(store: AgentStore, agent_id: str, sealer: Sealer) -> tuple[list[str | None], str | None]:
    """Return an agent's secrets as a router with this ring would use them."""
    directory = AgentDirectory(store, sealer, Clock())
    await directory.load()
    agent = directory.get(agent_id)
    return [link.key for link in directory.links(agent)], directory.gateway_token(agent)


async def test_every_secret_opens_with_the_new_key_alone(storage: Storage, store: AgentStore) -> None:
    await store.add(sealed_agent())

    tally = await rotate(storage)

    assert str(tally) == "1 agents, 3 secrets sealed anew, 0 already current, 0 unreadable"
    assert await opened(store, "team-a.ava", AFTER) == (["sk-openai", "sk-custom", None], "gateway-token")


async def test_nothing_but_the_seals_changes(storage: Storage, store: AgentStore) -> None:
    agent = sealed_agent()
    await store.add(agent)

    await rotate(storage)

    after = await store.get(agent.id)
    assert after.gateway != agent.gateway
    assert replace(after, gateway=agent.gateway, llm=agent.llm) == agent


async def test_a_second_run_writes_nothing(storage: Storage, store: AgentStore) -> None:
    await store.add(sealed_agent())
    await rotate(storage)
    version, stamps = await store.version(), await store.stamps()

    tally = await rotate(storage)

    assert (tally.renewed, tally.current) == (0, 3)
    assert (await store.version(), await store.stamps()) == (version, stamps)


async def test_agents_without_secrets_are_left_alone(storage: Storage, store: AgentStore) -> None:
    await store.add(make_agent("team-a.new"))
    await store.add(make_agent("team-a.bare", gateway=Gateway("http://ava:1"), llm=LlmSettings(tier="economy")))
    version = await store.version()

    assert await rotate(storage) == RotationTally(agents=2)
    assert await store.version() == version


async def test_running_routers_notice(storage: Storage, store: AgentStore) -> None:
    await store.add(sealed_agent())
    running = AgentDirectory(store, ROTATING, Clock())
    await running.load()

    await rotate(storage)

    assert await running.refresh()
    assert running.get("team-a.ava") == await store.get("team-a.ava")


async def test_a_secret_that_does_not_open_is_named_and_left(storage: Storage, store: AgentStore) -> None:
    agent, lost = sealed_agent(), Sealer([LOST]).seal("x", owner="team-a.ava", purpose=GATEWAY_TOKEN)
    await store.add(replace(agent, gateway=Gateway("http://ava:1", lost)))
    await store.add(sealed_agent("team-a.bob"))

    tally = await rotate(storage)

    assert tally == RotationTally(2, renewed=5, unreadable=(UnreadableSecret("team-a.ava", "the gateway token"),))
    assert (await store.get(agent.id)).gateway == Gateway("http://ava:1", lost)
    assert (await opened(store, "team-a.bob", AFTER))[1] == "gateway-token"


async def test_a_secret_under_the_new_key_that_does_not_open_is_not_called_current(
    storage: Storage, store: AgentStore
) -> None:
    copied = AFTER.seal("sk-1", owner="team-a.bob", purpose=provider_key_purpose("openai", None))
    llm = LlmSettings(chain=(ChainLink(ProviderName.OPENAI, "m", copied),))
    await store.add(make_agent(llm=llm))

    tally = await rotate(storage)

    assert (tally.current, tally.unreadable) == (0, (UnreadableSecret("team-a.ava", "the key for openai"),))


async def test_all_pages_are_gone_through(storage: Storage, store: AgentStore) -> None:
    for number in range(203):
        await store.add(sealed_agent(f"team-a.agent-{number:03}"))
    seen: list[int] = []

    tally = await KeyRotation(store, storage.channels, ROTATING).run(lambda so_far: seen.append(so_far.agents))

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


async def test_what_others_change_meanwhile_is_kept(storage: Storage) -> None:
    store = Interfered(times=2)
    await store.add(sealed_agent())

    tally = await rotate(replace(storage, agents=store))

    assert (tally.agents, tally.renewed) == (1, 3)
    assert (await store.get("team-a.ava")).display_name == "Ava!!"
    assert (await opened(store, "team-a.ava", AFTER))[1] == "gateway-token"


async def test_a_change_that_never_stops_ends_the_run_with_an_error(storage: Storage) -> None:
    store = Interfered(times=99)
    await store.add(sealed_agent())
    with pytest.raises(WriteConflict, match=r"team-a\.ava is being changed by others"):
        await rotate(replace(storage, agents=store))


async def test_writers_at_the_same_time_lose_nothing(storage: Storage, store: AgentStore) -> None:
    for number in range(30):
        await store.add(sealed_agent(f"team-a.agent-{number:02}"))

    async def rename(agent_id: str) -> None:
        await edit_agent(store, agent_id, lambda agent: replace(agent, display_name=f"I am {agent_id}"))

    ids = list(await store.stamps())
    await asyncio.gather(rotate(storage), *(rename(agent_id) for agent_id in ids))

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


async def test_an_agent_that_is_deleted_meanwhile_is_not_counted(storage: Storage) -> None:
    store = Deleting()
    await store.add(sealed_agent("team-a.ava"))
    await store.add(sealed_agent("team-a.bob"))

    assert await rotate(replace(storage, agents=store)) == RotationTally(agents=1, renewed=3)


def sealed_hook(sealer: Sealer = BEFORE) -> Hook:
    """Return an outgoing webhook with two secrets: where it leads, and what signs its posts."""
    url = sealer.seal("https://chat.example/hooks/s3cret", owner="hook_1", purpose=HOOK_URL)
    secret = sealer.seal("signs-what-is-posted", owner="hook_1", purpose=HOOK_SECRET)
    return Hook("hook_1", "k1", "team-a.general", HookKind.OUTGOING, "ops", Clock()(), url=url, secret=secret)


async def test_secrets_of_webhooks_open_with_the_new_key_alone(storage: Storage) -> None:
    await storage.channels.add_hook(sealed_hook())

    first, second = await rotate(storage), await rotate(storage)

    (hook,) = await storage.channels.outgoing()
    assert hook.url is not None
    assert hook.secret is not None
    assert AFTER.unseal(hook.url, owner=hook.id, purpose=HOOK_URL) == "https://chat.example/hooks/s3cret"
    assert AFTER.unseal(hook.secret, owner=hook.id, purpose=HOOK_SECRET) == "signs-what-is-posted"
    assert str(first) == "0 agents, 1 webhooks, 2 secrets sealed anew, 0 already current, 0 unreadable"
    assert (second.renewed, second.current) == (0, 2)


async def test_a_webhook_that_does_not_open_is_named_by_its_channel(storage: Storage) -> None:
    hook = sealed_hook(Sealer([LOST]))
    await storage.channels.add_hook(hook)

    tally = await rotate(storage)

    assert await storage.channels.outgoing() == [hook]

    assert [secret.owner for secret in tally.unreadable] == ["team-a.general"] * 2
    assert tally.unreadable[0].what == "the address of the webhook ops"
