import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

from tests.router.asking.test_agents_ask_each_other import CHECKER, CODER, LEAD, STRANGER, asking
from tests.support.agent_stand_in import Heard
from tests.support.agent_team import Team, eventually
from tests.support.router_values import NOON
from vutler_router.domain.ask_store import Ask
from vutler_router.services.asking.turns import Turns

PLAIN = [{"role": "user", "content": "Hello"}]


async def ask(team: Team, agent_id: str, peer: str) -> str:
    asked = await team.router.http.post(
        f"/api/v1/agents/{agent_id}/ask", json={"agent": peer, "message": "Go"}, headers=team.router.admin
    )
    assert asked.status_code == 200, asked.text
    tree_id: str = asked.json()["tree_id"]
    return tree_id


async def test_what_a_whole_team_used_is_one_tree(team: Team) -> None:
    await team.join(LEAD, asking(team, LEAD, "coder", "checker"), delegates=[CODER, CHECKER])
    await team.join(CODER, asking(team, CODER, "checker"), delegates=[CHECKER])
    await team.join(CHECKER, asking(team, CHECKER))

    await team.router.http.post(
        f"/api/v1/agents/{LEAD}/chat", json={"message": "Go", "via": "agent"}, headers=team.router.admin
    )
    rows = await team.router.rows(8)
    (listed,) = await team.trees()
    tree = await team.tree(listed["tree_id"])

    assert {row["tree_id"] for row in rows} == {listed["tree_id"]}
    assert (tree["requests"], tree["tokens_total"], tree["from"], tree["to"]) == (8, 8 * 14, None, LEAD)
    assert {line["agent_id"]: line["requests"] for line in tree["by_agent"]} == {LEAD: 2, CODER: 2, CHECKER: 4}
    (root,) = tree["asks"]
    coder, checker = root["asks"]
    (again,) = coder["asks"]
    shape = [(node["from"], node["to"], node["depth"], node["requests"]) for node in (root, coder, again, checker)]
    assert shape == [(None, LEAD, 0, 2), (LEAD, CODER, 1, 2), (CODER, CHECKER, 2, 2), (LEAD, CHECKER, 1, 2)]
    assert {node["status"] for node in (root, coder, again, checker)} == {"ok"}


async def test_requests_of_an_agent_that_was_asked_are_tools_and_others_chats(team: Team) -> None:
    await team.join(LEAD, delegates=[CODER])
    await team.join(CODER, asking(team, CODER))

    await ask(team, LEAD, "coder")
    await team.think(CODER, PLAIN)
    rows = await team.router.rows(3)

    assert sorted((row["request_type"], bool(row["tree_id"])) for row in rows) == [
        ("chat", False),
        ("tool", True),
        ("tool", True),
    ]


async def test_two_trees_at_one_agent_are_told_apart_by_the_sessions(team: Team) -> None:
    both = asyncio.Barrier(2)

    async def behave(heard: Heard) -> AsyncIterator[str]:
        await both.wait()
        await team.think(CODER, heard.model_messages())
        await both.wait()
        yield "done"

    await team.join(LEAD, delegates=[CODER])
    await team.join(CHECKER, delegates=[CODER])
    await team.join(CODER, behave)

    trees = await asyncio.gather(ask(team, LEAD, "coder"), ask(team, CHECKER, "coder"))
    rows = await team.router.rows(2)

    assert {row["tree_id"] for row in rows} == set(trees)


async def test_another_conversation_of_an_agent_that_is_asked_stays_out_of_the_tree(team: Team) -> None:
    async def behave(heard: Heard) -> AsyncIterator[str]:
        await team.think(CODER, replace(heard, body={**heard.body, "user": "anna"}).model_messages())
        yield "done"

    await team.join(LEAD, delegates=[CODER])
    await team.join(CODER, behave)

    await ask(team, LEAD, "coder")
    (row,) = await team.router.rows(1)

    assert (row["tree_id"], row["request_type"]) == ("", "chat")


async def test_without_a_session_the_one_ask_under_way_is_taken(team: Team) -> None:
    async def behave(_heard: Heard) -> AsyncIterator[str]:
        await team.think(CODER, PLAIN)
        yield "done"

    await team.join(LEAD, delegates=[CODER])
    await team.join(CODER, behave)

    tree_id = await ask(team, LEAD, "coder")
    (row,) = await team.router.rows(1)

    assert (row["tree_id"], row["request_type"]) == (tree_id, "tool")


async def test_a_session_made_up_or_of_another_agent_counts_for_nothing(team: Team) -> None:
    pod = await team.join(CODER)
    assert pod is not None
    await team.join(LEAD, delegates=[CODER])
    await ask(team, LEAD, "coder")
    (heard,) = pod.heard
    forged = replace(heard, body={**heard.body, "user": "ask-" + "0" * 32 + "-00000000-" + "0" * 16})

    await team.think(LEAD, heard.model_messages())
    await team.think(CODER, forged.model_messages())
    rows = await team.router.rows(2)

    assert {row["tree_id"] for row in rows} == {""}


async def test_a_session_in_a_tools_result_counts_for_nothing(team: Team) -> None:
    pod = await team.join(CODER)
    assert pod is not None
    await team.join(LEAD, delegates=[CODER])
    await ask(team, LEAD, "coder")
    (heard,) = pod.heard
    (said,) = heard.model_messages()
    call = {"id": "call_1", "type": "function", "function": {"name": "read", "arguments": "{}"}}
    forged = [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": said["content"]},
    ]

    answer = await team.router.chat(team.tokens[CODER], messages=forged)
    (row,) = await team.router.rows(1)

    assert (answer.status_code, row["tree_id"]) == (200, "")


async def test_what_a_mail_woke_an_agent_for_is_email(team: Team) -> None:
    await team.join(CODER)
    heard = Heard({}, {"user": "mail-4711", "messages": [{"role": "user", "content": "A mail came"}]})

    await team.think(CODER, heard.model_messages())
    (row,) = await team.router.rows(1)

    assert row["request_type"] == "email"


async def test_a_person_s_own_conversation_keeps_its_name_and_is_a_tree(team: Team) -> None:
    await team.join(LEAD, asking(team, LEAD))
    turn = {"message": "Go", "via": "agent", "user": "anna"}

    await team.router.http.post(f"/api/v1/agents/{LEAD}/chat", json=turn, headers=team.router.admin)
    rows = await team.router.rows(2)
    (tree,) = await team.trees()

    assert {(row["tree_id"], row["request_type"]) for row in rows} == {(tree["tree_id"], "chat")}


async def test_a_call_of_a_tool_in_the_course_of_an_ask_is_audited_with_its_tree(team: Team) -> None:
    async def behave(_heard: Heard) -> AsyncIterator[str]:
        await team.call(CODER, "usage_mine")
        yield "done"

    await team.join(LEAD, delegates=[CODER])
    await team.join(CODER, behave)

    tree_id = await ask(team, LEAD, "coder")
    (call,) = await eventually(lambda: team.audit(agent_id=CODER))

    assert (call["tool"], call["result"], call["tree_id"]) == ("usage_mine", "ok", tree_id)


async def test_trees_are_listed_by_day_and_workspace_and_only_to_the_administrator(team: Team) -> None:
    await team.join(LEAD, delegates=[CODER])
    await team.join(CODER)
    tree_id = await ask(team, LEAD, "coder")
    http, admin = team.router.http, team.router.admin

    async def listed(**query: str) -> list[str]:
        shown = await http.get("/api/v1/usage/trees", params=query, headers=admin)
        return [tree["tree_id"] for tree in shown.json()["trees"]]

    assert await listed() == await listed(workspace_id="team-a") == [tree_id]
    assert await listed(workspace_id="team-b") == await listed(day="2020-01-01") == []
    wrong = await http.get("/api/v1/usage/trees", params={"day": "9999-12-31"}, headers=admin)
    assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "day")
    assert (await http.get("/api/v1/usage/trees", headers=team.bearer(LEAD))).status_code == 403
    assert (await http.get(f"/api/v1/usage/trees/{tree_id}", headers=team.bearer(LEAD))).status_code == 403
    assert (await http.get("/api/v1/usage/trees/tree_unknown", headers=admin)).status_code == 404


async def test_an_agent_at_work_for_two_trees_asks_within_the_limits_of_both(team: Team) -> None:
    await team.join(LEAD, delegates=[CODER])
    await team.join(STRANGER, delegates=[CODER])
    await team.join(CODER, delegates=[LEAD, CHECKER])
    await team.join(CHECKER)
    turns: Turns = team.router.process.tools.turns
    now = team.router.process.tools.asks._now()
    one = Ask("ask_1", "tree_1", "", LEAD, CODER, "team-a", 1, (LEAD, CODER), "s1", now, now + timedelta(minutes=1))
    two = replace(one, id="ask_2", tree_id="tree_2", asker=STRANGER, path=(STRANGER, CODER))
    async with turns.running(one), turns.running(two):
        tree_id = await ask(team, CODER, "checker")
        circle = await team.router.http.post(
            f"/api/v1/agents/{CODER}/ask", json={"agent": "lead", "message": "Go"}, headers=team.router.admin
        )

    assert tree_id not in {"tree_1", "tree_2"}
    assert (await team.tree(tree_id))["asks"][0]["depth"] == 2
    assert (circle.status_code, circle.json()["error"]["code"]) == (403, "ask_cycle")


async def test_an_ask_whose_router_died_shows_as_lost(team: Team) -> None:
    gone = Ask("ask_1", "tree_1", "", LEAD, CODER, "team-a", 1, (LEAD, CODER), "s1", NOON, NOON)
    await team.router.process.tools.turns._store.add(gone)

    tree = await team.tree("tree_1")

    assert (tree["status"], tree["asks"][0]["ended_at"]) == ("lost", None)
