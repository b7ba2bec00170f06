from dataclasses import replace

import pytest

from tests.support.router_values import NOON, make_agent
from vutler_router.domain.agent import Gateway
from vutler_router.domain.limits import Limits, OnExceeded
from vutler_router.domain.llm import ChainLink, LlmSettings, ModelParameters
from vutler_router.domain.routing import RouteCategory, RoutingSettings
from vutler_router.domain.sealed import Sealed
from vutler_router.errors import Conflict, NotFound, WriteConflict
from vutler_router.settings import ProviderName, RoutingMode, Settings
from vutler_router.storage import Storage, open_storage

FULL = make_agent(
    gateway=Gateway("http://ava.team-a.svc:18789", Sealed("v1.key.token")),
    llm=LlmSettings(
        chain=(
            ChainLink(ProviderName.OPENAI, "gpt-4o-mini", Sealed("v1.key.openai")),
            ChainLink(ProviderName.CUSTOM, "llama", None, "http://llama.models:8000/v1"),
        ),
        source="team-a/default",
        parameters=ModelParameters(temperature=0.25, max_tokens=900),
        routing=RoutingSettings(RoutingMode.KEYWORDS, (RouteCategory("code", ("openai/gpt-4o",), ("python",)),)),
        limits=Limits(monthly_tokens=2**40, monthly_cost=1_234_567_891, on_exceeded=OnExceeded.BLOCK),
    ),
)


async def test_an_agent_comes_back_as_it_was_put(storage: Storage) -> None:
    await storage.agents.add(FULL)

    assert await storage.agents.get("team-a.ava") == FULL


async def test_an_agent_survives_closing_and_opening(settings: Settings) -> None:
    first = await open_storage(settings)
    await first.agents.add(FULL)
    await first.aclose()

    second = await open_storage(settings)
    try:
        assert await second.agents.get("team-a.ava") == FULL
    finally:
        await second.aclose()


async def test_an_absent_agent_is_not_found(storage: Storage) -> None:
    with pytest.raises(NotFound, match=r"team-a\.ava"):
        await storage.agents.get("team-a.ava")
    with pytest.raises(NotFound):
        await storage.agents.remove("team-a.ava")


async def test_an_id_is_given_once(storage: Storage) -> None:
    await storage.agents.add(make_agent())

    with pytest.raises(Conflict) as refused:
        await storage.agents.add(make_agent(token="another"))

    assert refused.value.code == "agent_exists"


async def test_a_token_belongs_to_one_agent(storage: Storage) -> None:
    ava, bob = make_agent("team-a.ava"), make_agent("team-a.bob")
    await storage.agents.add(ava)
    with pytest.raises(Conflict) as refused:
        await storage.agents.add(make_agent("team-a.eve", token="team-a.ava"))
    assert refused.value.code == "token_taken"

    await storage.agents.add(bob)
    with pytest.raises(Conflict) as refused:
        await storage.agents.replace(bob, replace(bob, token_sha256=ava.token_sha256))
    assert refused.value.code == "token_taken"
    assert await storage.agents.get("team-a.bob") == bob


async def test_who_writes_on_top_of_an_old_copy_is_told(storage: Storage) -> None:
    old = make_agent()
    await storage.agents.add(old)
    first, second = replace(old, display_name="First"), replace(old, display_name="Second")
    await storage.agents.replace(old, first)

    with pytest.raises(WriteConflict):
        await storage.agents.replace(old, second)

    assert await storage.agents.get(old.id) == first


async def test_a_list_comes_in_pages_ordered_by_id(storage: Storage) -> None:
    for agent_id in ("team-b.zoe", "team-a.bob", "team-a.ava", "team-a.cy"):
        await storage.agents.add(make_agent(agent_id))

    first = await storage.agents.page(workspace_id=None, limit=3, cursor=None)
    second = await storage.agents.page(workspace_id=None, limit=3, cursor=first.next_cursor)
    of_team_b = await storage.agents.page(workspace_id="team-b", limit=1, cursor=None)

    assert [agent.id for agent in first.agents] == ["team-a.ava", "team-a.bob", "team-a.cy"]
    assert [agent.id for agent in second.agents] == ["team-b.zoe"]
    assert second.next_cursor is None
    assert ([agent.id for agent in of_team_b.agents], of_team_b.next_cursor) == (["team-b.zoe"], None)


async def test_every_change_raises_the_version_that_other_processes_watch(settings: Settings) -> None:
    ours, theirs = await open_storage(settings), await open_storage(settings)
    try:
        seen = [await theirs.agents.version()]
        ava = make_agent()
        await ours.agents.add(ava)
        seen.append(await theirs.agents.version())
        await ours.agents.replace(ava, replace(ava, display_name="Eva"))
        seen.append(await theirs.agents.version())
        await ours.agents.remove(ava.id)
        seen.append(await theirs.agents.version())
    finally:
        await ours.aclose()
        await theirs.aclose()

    assert seen == sorted(set(seen))


async def test_stamps_tell_which_agents_differ(storage: Storage) -> None:
    ava, bob = make_agent("team-a.ava"), make_agent("team-a.bob")
    await storage.agents.add(ava)
    await storage.agents.add(bob)
    before = await storage.agents.stamps()

    await storage.agents.replace(ava, replace(ava, updated_at=NOON.replace(minute=1)))
    after = await storage.agents.stamps()

    assert {agent_id for agent_id in after if after[agent_id] != before[agent_id]} == {"team-a.ava"}
    assert [agent.id for agent in await storage.agents.get_many(["team-a.bob", "team-a.gone"])] == ["team-a.bob"]
