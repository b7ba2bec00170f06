from dataclasses import replace
from datetime import timedelta

import pytest

from tests.router.services.conftest import World
from vutler_router.domain.agent import ManagedBy
from vutler_router.errors import Conflict, InvalidRequest, NotFound, UnknownTier
from vutler_router.keys.tokens import hash_token
from vutler_router.services.agents import AgentPut, GatewayPut, NewAgent
from vutler_router.services.link_checks import LinkPut
from vutler_router.services.settings_builder import LlmPut
from vutler_router.services.views import agent_view

PUSH = AgentPut(
    display_name="Ava",
    workspace_id="team-a",
    managed_by=ManagedBy.OPERATOR,
    token_sha256=hash_token("router-token"),
    running=True,
    gateway=GatewayPut("http://ava.team-a.svc:18789", "gateway-token"),
    tools=("email", "drive"),
    delegates=("team-a.codeur",),
    llm=LlmPut(
        links=(LinkPut("openai", "gpt-4o-mini", "sk-openai-key"), LinkPut("minimax", "MiniMax-M2.5", "sk-minimax-key")),
        source="team-a/default",
    ),
    revision="r1",
)


async def test_a_new_agent_has_a_token_that_only_its_maker_sees(world: World) -> None:
    created = await world.agents.create(NewAgent(id="team-a.ava", display_name="Ava"))

    assert world.directory.by_token(created.token) == created.agent
    assert created.token not in repr(created)
    assert created.token not in str(agent_view(created.agent))
    assert created.agent.managed_by is ManagedBy.API


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (NewAgent(id="ava"), "default.ava"),
        (NewAgent(id="ava", workspace_id="team-a"), "team-a.ava"),
        (NewAgent(name="Ava from Sales!"), "default.ava-from-sales"),
        (NewAgent(name="ava", workspace_id="team-a"), "team-a.ava"),
    ],
)
async def test_an_id_is_made_of_what_is_said(world: World, new: NewAgent, expected: str) -> None:
    assert (await world.agents.create(new)).agent.id == expected


@pytest.mark.parametrize(
    ("new", "param"),
    [
        (NewAgent(), "id"),
        (NewAgent(id="Not An Id"), "id"),
        (NewAgent(name="!!!"), "name"),
        (NewAgent(id="team-a.ava", workspace_id="team-b"), "workspace_id"),
        (NewAgent(id="ava", display_name="x" * 201), "display_name"),
    ],
)
async def test_an_agent_that_cannot_be_named_is_refused(world: World, new: NewAgent, param: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await world.agents.create(new)

    assert refused.value.param == param


async def test_an_id_is_taken_once(world: World) -> None:
    await world.agents.create(NewAgent(id="team-a.ava"))

    with pytest.raises(Conflict, match="exists already"):
        await world.agents.create(NewAgent(id="team-a.ava"))


async def test_a_push_makes_the_agent_and_shows_no_secret(world: World) -> None:
    agent = await world.agents.put("team-a.ava", PUSH)
    view = agent_view(agent)

    assert view["gateway"] == {"url": "http://ava.team-a.svc:18789", "hasToken": True}
    assert view["llm"] == {
        "managed": False,
        "source": "team-a/default",
        "provider": "openai",
        "model": "gpt-4o-mini",
        "hasKey": True,
        "custom_endpoint": None,
        "fallbacks": [
            {"provider": "minimax", "model": "MiniMax-M2.5", "hasKey": True, "custom_endpoint": None},
        ],
        "parameters": {},
        "routing": None,
        "limits": None,
    }
    assert (view["revision"], view["managed_by"], view["delegates"]) == ("r1", "operator", ["team-a.codeur"])
    assert not [secret for secret in ("gateway-token", "sk-openai-key", "sk-minimax-key") if secret in f"{view}{agent}"]


async def test_the_same_push_again_writes_nothing(world: World) -> None:
    first = await world.agents.put("team-a.ava", PUSH)
    version = await world.store.version()
    world.clock.time += timedelta(hours=1)

    again = await world.agents.put("team-a.ava", PUSH)

    assert again == first
    assert await world.store.version() == version


async def test_a_changed_key_is_a_change(world: World) -> None:
    first = await world.agents.put("team-a.ava", PUSH)
    world.clock.time += timedelta(hours=1)
    llm = LlmPut(links=(LinkPut("openai", "gpt-4o-mini", "sk-rotated"),), source="team-a/default")

    second = await world.agents.put("team-a.ava", replace(PUSH, llm=llm))

    assert second.updated_at == first.updated_at + timedelta(hours=1)
    assert [link.key for link in world.directory.links(second)] == ["sk-rotated"]


async def test_keys_reach_the_path_in_the_clear_and_in_order(world: World) -> None:
    agent = await world.agents.put("team-a.ava", PUSH)

    links = world.directory.links(agent)

    assert [(link.provider, link.model, link.key) for link in links] == [
        ("openai", "gpt-4o-mini", "sk-openai-key"),
        ("minimax", "MiniMax-M2.5", "sk-minimax-key"),
    ]
    assert world.directory.gateway_token(agent) == "gateway-token"
    assert "sk-" not in repr(links)


async def test_settings_of_a_resource_go_with_the_reference_to_it(world: World) -> None:
    await world.agents.put("team-a.ava", PUSH)

    assert (await world.agents.put("team-a.ava", replace(PUSH, llm=None))).llm is None


async def test_settings_made_by_the_api_survive_a_push_without_any(world: World) -> None:
    await world.agents.put("team-a.ava", replace(PUSH, llm=None))
    made = await world.model_settings.put("team-a.ava", LlmPut(tier="economy"))

    assert (await world.agents.put("team-a.ava", replace(PUSH, llm=None, revision="r2"))).llm == made


async def test_a_rotated_token_replaces_the_old_one_after_some_minutes(world: World) -> None:
    await world.agents.put("team-a.ava", PUSH)
    await world.agents.put("team-a.ava", replace(PUSH, token_sha256=hash_token("rotated")))
    world.clock.time += timedelta(minutes=5)

    assert world.directory.by_token("router-token") is None
    assert world.directory.by_token("rotated") is not None


async def test_a_gateway_pushed_without_its_token_keeps_the_stored_one(world: World) -> None:
    await world.agents.put("team-a.ava", PUSH)
    moved = await world.agents.put("team-a.ava", replace(PUSH, gateway=GatewayPut("http://elsewhere:18789")))

    assert world.directory.gateway_token(moved) == "gateway-token"


async def test_a_deleted_agent_is_locked_out_at_once(world: World) -> None:
    await world.agents.put("team-a.ava", PUSH)
    await world.agents.delete("team-a.ava")

    assert world.directory.by_token("router-token") is None
    with pytest.raises(NotFound):
        world.directory.get("team-a.ava")
    with pytest.raises(NotFound):
        await world.agents.delete("team-a.ava")


@pytest.mark.parametrize(
    ("push", "param"),
    [
        (replace(PUSH, workspace_id="team-b"), "workspace_id"),
        (replace(PUSH, token_sha256=None), "token_sha256"),
        (replace(PUSH, token_sha256="ABC"), "token_sha256"),
        (replace(PUSH, tools=("email", "telegram")), "tools"),
        (replace(PUSH, delegates=("Codeur!",)), "delegates"),
        (replace(PUSH, gateway=GatewayPut("ava:18789")), "gateway.url"),
        (replace(PUSH, display_name=" "), "display_name"),
    ],
)
async def test_a_push_that_makes_no_sense_is_refused_by_field(world: World, push: AgentPut, param: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await world.agents.put("team-a.ava", push)

    assert refused.value.param == param
    assert len(world.directory) == 0


async def test_a_push_with_an_unknown_plan_says_so(world: World) -> None:
    with pytest.raises(UnknownTier) as refused:
        await world.agents.put("team-a.ava", replace(PUSH, llm=LlmPut(tier="platinum", source="team-a/default")))

    assert (refused.value.code, refused.value.param) == ("unknown_tier", "llm.tier")


async def test_the_list_is_bounded(world: World) -> None:
    with pytest.raises(InvalidRequest, match="between 1 and 500"):
        await world.agents.page(limit=0)
