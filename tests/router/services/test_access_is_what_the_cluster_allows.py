import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field

import pytest

from tests.router.services.conftest import World
from tests.support.people_in_memory import ANA, EVE, PeopleInMemory
from tests.support.router_values import make_agent
from vutler_router.domain.caller import AdminCaller, AgentCaller, Caller
from vutler_router.domain.cluster_accounts import Verb
from vutler_router.errors import ClusterUnavailable, Forbidden, NotFound
from vutler_router.services.access import Access

AVA = make_agent("team-a.ava")


@dataclass
class Gate:
    """Access over people in memory, with a clock that stands still."""

    world: World
    people: PeopleInMemory = field(default_factory=PeopleInMemory)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        for agent_id in ("team-a.ava", "team-b.bob", "team-c.cy"):
            self.world.directory.put(make_agent(agent_id))
        self.access = Access(self.people, self.world.directory, lambda: self.seconds)


@pytest.fixture
def gate(world: World) -> Gate:
    return Gate(world)


async def outcome(asking: Awaitable[object]) -> str:
    try:
        await asking
    except NotFound:
        return "absent"
    except Forbidden:
        return "refused"
    return "allowed"


@pytest.mark.parametrize(
    ("rights", "verb", "expected"),
    [
        ((), Verb.GET, "absent"),
        ((), Verb.UPDATE, "absent"),
        (("ana update team-a",), Verb.UPDATE, "absent"),
        (("ana get team-b",), Verb.GET, "absent"),
        (("ana get team-a",), Verb.GET, "allowed"),
        (("ana get team-a",), Verb.UPDATE, "refused"),
        (("ana get team-a",), Verb.DELETE, "refused"),
        (("ana get team-a", "ana update team-a"), Verb.UPDATE, "allowed"),
        (("ana get team-a", "ana update team-a"), Verb.DELETE, "refused"),
        (("ana get team-a.ava", "ana update team-a.ava"), Verb.UPDATE, "allowed"),
        (("ana get team-a.bob",), Verb.GET, "absent"),
        (("ana get *", "ana delete *"), Verb.DELETE, "allowed"),
        (("eve get team-a",), Verb.GET, "absent"),
    ],
    ids=str,
)
async def test_people_do_with_an_agent_what_they_may_with_its_resource(
    gate: Gate, rights: tuple[str, ...], verb: Verb, expected: str
) -> None:
    gate.people.rights |= set(rights)
    assert await outcome(gate.access.to_agent(ANA, "team-a.ava", verb)) == expected


@pytest.mark.parametrize(
    ("caller", "agent_id", "agents_own", "expected"),
    [
        (AdminCaller(), "team-a.ava", False, "allowed"),
        (AdminCaller(), "no.such.agent", False, "absent"),
        (AgentCaller(AVA), "team-a.ava", True, "allowed"),
        (AgentCaller(AVA), "team-a.ava", False, "refused"),
        (AgentCaller(AVA), "team-b.bob", True, "absent"),
        (ANA, "Not An Id", True, "absent"),
    ],
)
async def test_tokens_do_what_they_always_did(
    gate: Gate, caller: Caller, agent_id: str, *, agents_own: bool, expected: str
) -> None:
    asking = gate.access.to_agent(caller, agent_id, Verb.UPDATE, agents_own=agents_own)
    assert await outcome(asking) == expected
    assert gate.people.asked == []


async def test_a_workspace_is_listed_by_who_may_list_its_agents(gate: Gate) -> None:
    gate.people.rights = {"ana list team-a"}

    async def lists(caller: Caller, workspace: str | None) -> str:
        return await outcome(gate.access.to_workspace(caller, workspace, Verb.LIST))

    assert [await lists(ANA, workspace) for workspace in ("team-a", "team-b", None)] == [
        "allowed",
        "refused",
        "refused",
    ]
    assert [await lists(AdminCaller(), workspace) for workspace in ("team-a", None)] == ["allowed"] * 2
    assert [await lists(AgentCaller(AVA), workspace) for workspace in ("team-a", None)] == ["refused"] * 2


async def test_people_see_the_workspaces_whose_agents_they_may_list(gate: Gate) -> None:
    gate.people.rights = {"ana list team-a", "ana list team-c", "ana list team-z", "eve list *"}

    assert await gate.access.workspaces(ANA) == frozenset({"team-a", "team-c"})
    assert await gate.access.workspaces(EVE) is None


async def test_verbs_are_told_for_each_kind_of_caller(gate: Gate) -> None:
    gate.people.rights = {"ana get team-a", "ana update team-a"}

    assert await gate.access.verbs(ANA, "team-a") == (Verb.GET, Verb.UPDATE)
    assert await gate.access.verbs(ANA, "team-b") == ()
    assert await gate.access.verbs(AdminCaller(), "team-b") == tuple(Verb)
    assert await gate.access.verbs(AgentCaller(AVA), "team-a") == ()


async def test_an_answer_holds_for_half_a_minute_and_no_longer(gate: Gate) -> None:
    gate.people.rights = {"ana get team-a"}
    first = await outcome(gate.access.to_agent(ANA, "team-a.ava", Verb.GET))
    gate.people.rights = set()
    gate.seconds = 29.9
    still = await outcome(gate.access.to_agent(ANA, "team-a.ava", Verb.GET))
    asked = list(gate.people.asked)
    gate.seconds = 30.0
    taken = await outcome(gate.access.to_agent(ANA, "team-a.ava", Verb.GET))

    assert (first, still, taken) == ("allowed", "allowed", "absent")
    assert asked == ["ana get team-a"]


async def test_many_who_ask_at_once_cost_one_question(gate: Gate) -> None:
    gate.people.rights = {"ana get team-a"}
    await asyncio.gather(*(gate.access.to_agent(ANA, f"team-a.a{number}", Verb.GET) for number in range(50)))
    assert gate.people.asked == ["ana get team-a"]


async def test_answers_for_one_person_are_nobody_elses(gate: Gate) -> None:
    gate.people.rights = {"ana get team-a"}
    assert await outcome(gate.access.to_agent(ANA, "team-a.ava", Verb.GET)) == "allowed"
    assert await outcome(gate.access.to_agent(EVE, "team-a.ava", Verb.GET)) == "absent"


async def test_a_failure_is_told_and_not_remembered(gate: Gate) -> None:
    gate.people.failure = ClusterUnavailable("It does not answer.")
    with pytest.raises(ClusterUnavailable):
        await gate.access.to_agent(ANA, "team-a.ava", Verb.GET)
    gate.people.failure, gate.people.rights = None, {"ana get team-a"}
    assert await outcome(gate.access.to_agent(ANA, "team-a.ava", Verb.GET)) == "allowed"
