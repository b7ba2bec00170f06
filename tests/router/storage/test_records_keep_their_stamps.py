from datetime import UTC, datetime

from vutler_router.domain.agent import Agent, ManagedBy
from vutler_router.domain.llm import LlmSettings
from vutler_router.domain.routing import Comparison, RouteCategory, RoutingSettings
from vutler_router.settings import RoutingMode, ToolsRule
from vutler_router.storage.records import agent_from_json, agent_json, agent_stamp

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


def agent(routing: RoutingSettings) -> Agent:
    llm = LlmSettings(tier="economy", routing=routing)
    return Agent("team-a.ava", "team-a", "Ava", "0" * 64, ManagedBy.API, NOON, NOON, llm=llm)


def test_what_a_router_of_0_1_wrote_has_the_stamp_it_had_then() -> None:
    """Else nobody could change the record any more: it would never be what it was read as."""
    kept = agent(RoutingSettings(RoutingMode.KEYWORDS, (RouteCategory("code", ("openai/gpt-4o",), ("python",)),)))
    assert b"comparison" not in agent_json(kept)
    assert b'"tools":null' not in agent_json(kept)
    assert agent_stamp(kept) == "5c9bf460be9862e0b23419906dafb6a1"


def test_new_fields_are_kept_and_change_the_stamp() -> None:
    category = RouteCategory("code", ("openai/gpt-4o",), comparison=Comparison("openai/gpt-4.1", 10))
    newer = agent(RoutingSettings(None, (category, RouteCategory("tools", ("x",))), ToolsRule.NEVER))
    assert agent_from_json(agent_json(newer)) == newer
    assert agent_stamp(newer) != agent_stamp(agent(RoutingSettings(None, (category,))))
