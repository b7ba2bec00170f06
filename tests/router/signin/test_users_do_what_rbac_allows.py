from dataclasses import replace
from typing import Any

import pytest

from tests.router.signin.conftest import SESSION, Browser, Front
from tests.support.running_router import KEY
from tests.support.scripted_upstream import answer

AVA, BOB = "team-a.ava", "team-b.bob"
LLM = {"provider": "openai", "model": "scripted-1", "api_key": KEY}
READ = {"ana get team-a", "ana list team-a"}

READING = [
    ("GET", "/api/v1/agents/{}", None, 200),
    ("GET", "/api/v1/agents/{}/llm-config", None, 200),
    ("GET", "/api/v1/agents/{}/health", None, 200),
    ("GET", "/api/v1/agents/{}/usage", None, 200),
    ("GET", "/api/v1/agents/{}/usage?format=csv", None, 200),
    ("GET", "/api/v1/agents/{}/usage/comparison", None, 200),
    ("POST", "/api/v1/agents/{}/route", {"message": "Hello"}, 200),
]
CHANGING = [
    ("POST", "/api/v1/agents/{}/stop", None, 200),
    ("POST", "/api/v1/agents/{}/start", None, 200),
    ("PUT", "/api/v1/agents/{}/llm-config", LLM, 200),
    ("POST", "/api/v1/agents/{}/llm-test", None, 200),
    ("POST", "/api/v1/agents/{}/chat", {"message": "Hello"}, 200),
]
DELETING = [("DELETE", "/api/v1/agents/{}", None, 204)]
PLATFORM: list[tuple[str, str, Any]] = [
    ("GET", "/api/v1/breakers", None),
    ("GET", "/config", None),
    ("GET", "/config/export", None),
    ("PUT", "/config", {"categories": [], "mappings": []}),
    ("POST", "/config/category", {"name": "x"}),
    ("DELETE", "/config/category/x", None),
    ("GET", "/api/v1/usage/summary", None),
    ("GET", "/api/v1/agents/running", None),
    ("GET", "/api/v1/usage/statement", None),
    ("GET", "/api/v1/usage/overage", None),
    ("GET", "/api/v1/usage/comparison", None),
    ("GET", "/api/v1/usage/alerts", None),
    ("GET", "/api/v1/usage/trees", None),
    ("GET", "/api/v1/key-troubles", None),
    ("GET", "/api/v1/providers/openrouter/credits", None),
    ("PUT", f"/api/v1/agents/{AVA}", {"display_name": "Eve"}),
    ("GET", "/v1/models", None),
]

USAGE = ("summary", "statement", "overage", "alerts", "comparison", "trees")


@pytest.fixture
async def ana(front: Front) -> Browser:
    for agent_id in (AVA, BOB):
        await front.router.agent(agent_id)
    return await front.browser("token-of-ana")


async def statuses(browser: Browser, agent_id: str, tries: list[tuple[str, str, Any, int]]) -> list[int]:
    return [
        (await browser.ask(method, path.format(agent_id), json=body)).status_code for method, path, body, _ in tries
    ]


async def test_who_may_nothing_sees_nothing(ana: Browser) -> None:
    tries = READING + CHANGING + DELETING
    assert await statuses(ana, AVA, tries) == [404] * len(tries)
    assert (await ana.ask("GET", "/api/v1/agents")).json() == {"agents": [], "next_cursor": None}
    assert (await ana.ask("GET", SESSION)).json()["namespaces"] == []


async def test_who_may_read_reads_and_changes_nothing(ana: Browser, front: Front) -> None:
    front.grant(*READ)
    before = (await ana.ask("GET", f"/api/v1/agents/{AVA}")).json()
    assert await statuses(ana, AVA, READING) == [200] * len(READING)
    assert await statuses(ana, AVA, CHANGING + DELETING) == [403] * len(CHANGING + DELETING)
    assert (await ana.ask("GET", f"/api/v1/agents/{AVA}")).json() == before
    assert len(front.router.process.directory) == 2


async def test_who_may_change_changes_and_does_not_delete(ana: Browser, front: Front) -> None:
    front.grant(*READ, "ana update team-a")
    assert await statuses(ana, AVA, CHANGING) == [200] * len(CHANGING)
    assert await statuses(ana, AVA, DELETING) == [403]
    assert await statuses(ana, BOB, READING + CHANGING) == [404] * len(READING + CHANGING)


async def test_who_may_delete_deletes(ana: Browser, front: Front) -> None:
    front.grant(*READ, "ana delete team-a")
    assert await statuses(ana, AVA, DELETING) == [204]
    assert await statuses(ana, BOB, DELETING) == [404]


async def test_a_chat_streams_to_a_session_as_to_a_token(ana: Browser, front: Front, upstream: Any) -> None:
    upstream.play(answer("Hi!"))
    front.grant(*READ, "ana update team-a")
    said = await ana.ask("POST", f"/api/v1/agents/{AVA}/chat", json={"message": "Hello"})
    assert said.json()["content"] == "Hi!"


@pytest.mark.parametrize(("namespace", "status"), [("team-a", 201), ("team-b", 403)])
async def test_agents_are_created_where_one_may(ana: Browser, front: Front, namespace: str, status: int) -> None:
    front.grant("ana create team-a")
    for body in ({"id": f"{namespace}.new"}, {"name": "Newer", "workspace_id": namespace}):
        created = await ana.ask("POST", "/api/v1/agents", json=body)
        assert created.status_code == status, created.text
    assert (await ana.ask("POST", "/api/v1/agents", json={"id": "Not An Id"})).status_code == 400


async def test_the_list_holds_the_namespaces_that_one_may_list_page_by_page(ana: Browser, front: Front) -> None:
    for agent_id in ("team-a.zoe", "team-c.cy"):
        await front.router.agent(agent_id)
    front.grant("ana list team-a", "ana list team-c", "ana get team-b")

    async def listed(query: str = "") -> tuple[list[str], Any]:
        page = (await ana.ask("GET", f"/api/v1/agents{query}")).json()
        return [agent["id"] for agent in page["agents"]], page["next_cursor"]

    assert await listed() == ([AVA, "team-a.zoe", "team-c.cy"], None)
    assert await listed("?limit=2") == ([AVA, "team-a.zoe"], "team-a.zoe")
    assert await listed("?limit=2&cursor=team-a.zoe") == (["team-c.cy"], None)
    assert await listed("?workspace_id=team-c") == (["team-c.cy"], None)
    assert await listed("?workspace_id=team-b") == ([], None)


async def test_a_thousand_agents_take_two_questions_and_no_more_for_whoever_names_a_workspace(
    ana: Browser, front: Front
) -> None:
    directory = front.router.process.directory
    one = directory.get(AVA)
    for number in range(1_000):
        workspace = "team-a" if number % 2 else f"team-{number}"
        agent_id = f"{workspace}.agent-{number:04}"
        directory.put(replace(one, id=agent_id, workspace_id=workspace, token_sha256=f"{number:064}"))
    front.grant("ana list team-a")
    front.server.received.clear()

    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await ana.ask("GET", f"/api/v1/agents?workspace_id=team-a&limit=200&cursor={cursor}")).json()
        seen += [agent["id"] for agent in page["agents"]]
        cursor = page["next_cursor"]

    assert (len(seen), seen == sorted(set(seen)), {name.split(".")[0] for name in seen}) == (501, True, {"team-a"})
    assert len(front.server.received) == 2


async def test_who_may_list_everywhere_is_asked_about_once(ana: Browser, front: Front) -> None:
    front.grant("ana list *")
    before = len(front.server.received)
    page = (await ana.ask("GET", "/api/v1/agents")).json()
    shown = (await ana.ask("GET", SESSION)).json()
    assert ([agent["id"] for agent in page["agents"]], shown["namespaces"]) == ([AVA, BOB], "all")
    assert len(front.server.received) == before + 1


@pytest.mark.parametrize(("method", "path", "body"), PLATFORM, ids=[f"{method} {path}" for method, path, _ in PLATFORM])
async def test_the_platforms_own_pages_are_the_administrators(
    ana: Browser, front: Front, method: str, path: str, body: Any
) -> None:
    front.grant(*(f"ana {verb} team-a" for verb in ("get", "list", "create", "update", "delete")))
    refused = await ana.ask(method, path, json=body)
    assert refused.status_code == 403, refused.text
    assert refused.json()["error"]["type"] == "permission_error"


async def test_what_a_namespace_used_is_for_who_may_list_it(ana: Browser, front: Front) -> None:
    front.grant("ana list team-a")
    for path in ("/api/v1/agents/running", *(f"/api/v1/usage/{part}" for part in USAGE)):
        own = await ana.ask("GET", f"{path}?workspace_id=team-a")
        other = await ana.ask("GET", f"{path}?workspace_id=team-b")
        assert (own.status_code, other.status_code) == (200, 403)
    summary = (await ana.ask("GET", "/api/v1/usage/summary?workspace_id=team-a")).json()
    assert BOB not in str(summary)


async def test_what_one_may_is_told_for_a_namespace(ana: Browser, front: Front) -> None:
    front.grant(*READ, "ana update team-a")
    own = await ana.ask("GET", f"{SESSION}/permissions?workspace_id=team-a")
    other = await ana.ask("GET", f"{SESSION}/permissions?workspace_id=team-b")
    assert own.json() == {"workspace_id": "team-a", "verbs": ["get", "list", "update"]}
    assert other.json()["verbs"] == []


async def test_plans_are_everybodys_to_see(ana: Browser) -> None:
    assert (await ana.ask("GET", "/api/v1/usage/tiers")).status_code == 200


async def test_while_the_api_server_is_away_nothing_is_shown_and_nothing_said_to_be_absent(
    ana: Browser, front: Front
) -> None:
    front.server.status = 500
    answered = await ana.ask("GET", f"/api/v1/agents/{AVA}")
    assert (answered.status_code, answered.json()["error"]["code"]) == (503, "cluster_unavailable")


async def test_a_review_names_the_person_the_group_and_the_verb(ana: Browser, front: Front) -> None:
    front.server.received.clear()
    await ana.ask("GET", f"/api/v1/agents/{AVA}")
    specs = [body["spec"] for _, body in front.server.received]
    assert specs[0] == {
        "user": "ana",
        "uid": "u-1",
        "groups": ["team-a"],
        "extra": {},
        "resourceAttributes": {"group": "vutler.io", "resource": "agents", "verb": "get", "namespace": "team-a"},
    }
    assert specs[1]["resourceAttributes"] == {**specs[0]["resourceAttributes"], "name": "ava"}
