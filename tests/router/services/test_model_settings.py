from dataclasses import replace

import pytest

from tests.router.services.conftest import World
from vutler_router.domain.limits import Limits, OnExceeded
from vutler_router.errors import InvalidRequest, NotFound, SettingsReadOnly, UnknownTier
from vutler_router.keys.tokens import hash_token
from vutler_router.services.agents import AgentPut, NewAgent
from vutler_router.services.link_checks import LinkPut
from vutler_router.services.settings_builder import LlmPut
from vutler_router.services.views import llm_view

OPENAI = LinkPut("openai", "gpt-4o-mini", "sk-openai-key")
LLAMA = LinkPut("custom", "llama", "sk-llama-key", "http://llama.models:8000/v1/")


@pytest.fixture(autouse=True)
async def _ava(world: World) -> None:
    await world.agents.create(NewAgent(id="team-a.ava"))


async def keys(world: World) -> list[str | None]:
    return [link.key for link in world.directory.links(world.directory.get("team-a.ava"))]


async def test_an_agent_has_none_at_first(world: World) -> None:
    settings = await world.model_settings.get("team-a.ava")

    assert settings is None
    assert llm_view(settings)["hasKey"] is False


async def test_settings_hold_from_the_next_request_on(world: World) -> None:
    await world.model_settings.put("team-a.ava", LlmPut(links=(OPENAI, LLAMA)))

    assert await keys(world) == ["sk-openai-key", "sk-llama-key"]
    assert world.directory.links(world.directory.get("team-a.ava"))[1].endpoint == "http://llama.models:8000/v1"


async def test_a_key_left_out_stays_while_its_provider_does(world: World) -> None:
    await world.model_settings.put("team-a.ava", LlmPut(links=(OPENAI, LLAMA)))
    await world.model_settings.put(
        "team-a.ava", LlmPut(links=(LinkPut("openai", "gpt-4o"), replace(LLAMA, api_key=None)))
    )

    assert await keys(world) == ["sk-openai-key", "sk-llama-key"]


async def test_a_key_never_moves_to_another_provider(world: World) -> None:
    await world.model_settings.put("team-a.ava", LlmPut(links=(OPENAI,)))

    with pytest.raises(InvalidRequest, match="groq needs an API key") as refused:
        await world.model_settings.put("team-a.ava", LlmPut(links=(LinkPut("groq", "llama-3.1-8b-instant"),)))

    assert refused.value.param == "api_key"


async def test_a_key_never_moves_to_another_address(world: World) -> None:
    await world.model_settings.put("team-a.ava", LlmPut(links=(LLAMA,)))
    await world.model_settings.put(
        "team-a.ava", LlmPut(links=(LinkPut("custom", "llama", None, "http://elsewhere.example/v1"),))
    )

    assert await keys(world) == [None]


async def test_an_empty_key_removes_the_stored_one(world: World) -> None:
    await world.model_settings.put("team-a.ava", LlmPut(links=(LLAMA,)))
    settings = await world.model_settings.put("team-a.ava", LlmPut(links=(replace(LLAMA, api_key=""),)))

    assert llm_view(settings)["hasKey"] is False


async def test_a_plan_replaces_a_chain_and_its_keys(world: World) -> None:
    await world.model_settings.put("team-a.ava", LlmPut(links=(OPENAI,)))
    settings = await world.model_settings.put("team-a.ava", LlmPut(tier="standard"))

    view = llm_view(settings)
    assert (view["managed"], view["tier"]) == (True, "standard")
    assert "provider" not in view
    assert await keys(world) == []


async def test_limits_are_shown_by_the_resources_names(world: World) -> None:
    limits = Limits(monthly_cost=2_500_000_000, requests_per_minute=30, on_exceeded=OnExceeded.BLOCK)

    settings = await world.model_settings.put("team-a.ava", LlmPut(tier="economy", limits=limits))

    assert llm_view(settings)["limits"] == {"monthlyCost": 2.5, "requestsPerMinute": 30, "onExceeded": "Block"}


async def test_settings_of_a_resource_are_read_only(world: World) -> None:
    push = AgentPut(token_sha256=hash_token("t"), llm=LlmPut(links=(OPENAI,), source="team-a/default"))
    await world.agents.put("team-a.bob", push)

    with pytest.raises(SettingsReadOnly, match="team-a/default"):
        await world.model_settings.put("team-a.bob", LlmPut(tier="economy"))


async def test_the_api_cannot_claim_a_resource(world: World) -> None:
    settings = await world.model_settings.put("team-a.ava", LlmPut(tier="economy", source="team-a/forged"))

    assert settings.source is None


async def test_an_unknown_agent_has_no_settings(world: World) -> None:
    with pytest.raises(NotFound):
        await world.model_settings.put("team-a.bob", LlmPut(tier="economy"))


async def test_an_unknown_plan_is_refused(world: World) -> None:
    with pytest.raises(UnknownTier, match="economy, standard, premium"):
        await world.model_settings.put("team-a.ava", LlmPut(tier="platinum"))


@pytest.mark.parametrize(
    ("put", "param"),
    [
        (LlmPut(), "provider"),
        (LlmPut(links=(OPENAI,), tier="economy"), "provider"),
        (LlmPut(links=(replace(OPENAI, provider="openia"),)), "provider"),
        (LlmPut(links=(replace(OPENAI, model=None),)), "model"),
        (LlmPut(links=(replace(OPENAI, model="gpt\n4"),)), "model"),
        (LlmPut(links=(replace(OPENAI, api_key=None),)), "api_key"),
        (LlmPut(links=(replace(OPENAI, api_key="sk-1\r\nx: y"),)), "api_key"),
        (LlmPut(links=(replace(OPENAI, api_key="sk-ключ"),)), "api_key"),
        (LlmPut(links=(replace(OPENAI, custom_endpoint="http://evil.example/v1"),)), "custom_endpoint"),
        (LlmPut(links=(replace(LLAMA, custom_endpoint=None),)), "custom_endpoint"),
        (LlmPut(links=(replace(LLAMA, custom_endpoint="file:///etc/passwd"),)), "custom_endpoint"),
        (LlmPut(links=(OPENAI, replace(LLAMA, custom_endpoint=None))), "fallbacks[0].custom_endpoint"),
        (LlmPut(links=(OPENAI,) * 10), "fallbacks"),
    ],
)
async def test_settings_that_cannot_work_are_refused_by_field(world: World, put: LlmPut, param: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await world.model_settings.put("team-a.ava", put)

    assert refused.value.param == param
    assert "sk-" not in refused.value.message


async def test_echo_needs_neither_model_nor_key(world: World) -> None:
    settings = await world.model_settings.put("team-a.ava", LlmPut(links=(LinkPut("echo"),)))

    assert [(link.provider, link.model) for link in settings.chain] == [("echo", "echo")]


async def test_a_fallback_that_only_names_its_provider_gets_that_providers_usual_model(world: World) -> None:
    settings = await world.model_settings.put(
        "team-a.ava", LlmPut(links=(OPENAI, LinkPut("minimax", None, "mm-key-1")))
    )

    assert [link.model for link in settings.chain] == ["gpt-4o-mini", "MiniMax-M2.5"]


async def test_the_first_model_is_always_named(world: World) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await world.model_settings.put("team-a.ava", LlmPut(links=(LinkPut("minimax", None, "mm-key-1"),)))

    assert refused.value.param == "model"
