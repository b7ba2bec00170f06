from typing import Any

import pytest

from tests.router.signin.conftest import Browser, Front
from tests.support.running_router import KEY

RESOURCES = "/api/v1/agents/resources"
AGENTS = "/apis/vutler.io/v1alpha1/namespaces/team-a/agents"
NEW = {"workspace_id": "team-a", "name": "bob", "display_name": "Bob the <b>Bot</b>", "template": "faq-bot"}
OWN_KEY = {"provider": "openai", "model": "scripted-1", "api_key": KEY}
PUSHED = {"token_sha256": "0" * 64, "managed_by": "operator", "display_name": "Bob"}
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": "Bob"}, "name"),
    ({"name": "9bob"}, "name"),
    ({"name": "bob-"}, "name"),
    ({"name": "b" * 53}, "name"),
    ({"name": "x" * 100_000}, "name"),
    ({"name": "../secrets"}, "name"),
    ({"workspace_id": "kube/system"}, "workspace_id"),
    ({"workspace_id": "a" * 64}, "workspace_id"),
    ({"display_name": "x" * 65}, "display_name"),
    ({"display_name": "\u0000"}, "display_name"),
    ({"template": "../agents/x"}, "template"),
    ({"template": "t" * 254}, "template"),
    ({"llm": {"managed": True, "tier": "gold"}}, "llm.tier"),
    ({"llm": {"provider": "openai", "model": "scripted-1", "custom_endpoint": "http://x"}}, "llm.custom_endpoint"),
    ({"llm": {}}, "llm.provider"),
]


@pytest.fixture
async def ana(front: Front) -> Browser:
    front.grant("ana create team-a", "ana get team-a", "ana list team-a")
    return await front.browser("token-of-ana")


async def test_an_agent_is_made_of_a_template_with_its_plan(ana: Browser, front: Front) -> None:
    made = await ana.ask("POST", RESOURCES, json={**NEW, "llm": {"managed": True, "tier": "economy"}})

    assert made.status_code == 201, made.text
    shown = made.json()
    assert (shown["id"], shown["display_name"], shown["template"]) == ("team-a.bob", NEW["display_name"], "faq-bot")
    assert (shown["llm"]["managed"], shown["llm"]["tier"]) == (True, "economy")
    assert "token" not in shown
    assert front.server.objects[f"{AGENTS}/bob"] == {
        "apiVersion": "vutler.io/v1alpha1",
        "kind": "Agent",
        "metadata": {"name": "bob", "namespace": "team-a"},
        "spec": {"displayName": "Bob the <b>Bot</b>", "templateRef": {"name": "faq-bot"}},
    }


async def test_the_operator_takes_the_agent_over_with_its_settings(ana: Browser, front: Front) -> None:
    made = await ana.ask("POST", RESOURCES, json={**NEW, "llm": OWN_KEY})
    assert made.status_code == 201, made.text
    assert KEY not in made.text

    router = front.router
    pushed = await router.http.put("/api/v1/agents/team-a.bob", json=PUSHED, headers=router.admin)

    assert pushed.status_code == 200, pushed.text
    taken = pushed.json()
    assert (taken["managed_by"], taken["template"]) == ("operator", "faq-bot")
    assert (taken["llm"]["provider"], taken["llm"]["model"], taken["llm"]["hasKey"]) == ("openai", "scripted-1", True)
    assert KEY not in str(front.server.objects)


async def test_what_cannot_be_an_agent_is_refused_and_nothing_is_left(ana: Browser, front: Front) -> None:
    front.grant("ana create *", "ana list *", "ana get *")
    tries = [await ana.ask("POST", RESOURCES, json={**NEW, **change}) for change, _ in WRONG]
    found = [(answer.status_code, answer.json()["error"]["param"]) for answer in tries]
    assert found == [(400, param) for _, param in WRONG]
    assert (front.server.objects, len(front.router.process.directory)) == ({}, 0)


async def test_agents_are_made_by_who_may_create_agents_there(ana: Browser, front: Front) -> None:
    elsewhere = await ana.ask("POST", RESOURCES, json={**NEW, "workspace_id": "team-b"})
    front.grant("ana list team-a", "ana get team-a", "ana update team-a")
    here = await ana.ask("POST", RESOURCES, json=NEW)
    assert (elsewhere.status_code, here.status_code) == (403, 403)
    assert (front.server.objects, len(front.router.process.directory)) == ({}, 0)


@pytest.mark.parametrize("where", ["cluster", "router"])
async def test_a_name_that_is_taken_is_a_conflict(ana: Browser, front: Front, where: str) -> None:
    if where == "cluster":
        front.server.objects[f"{AGENTS}/bob"] = {"metadata": {"name": "bob"}, "spec": {}}
    else:
        await front.router.agent("team-a.bob")
    before = dict(front.server.objects), len(front.router.process.directory)

    refused = await ana.ask("POST", RESOURCES, json=NEW)

    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "agent_exists")
    assert (front.server.objects, len(front.router.process.directory)) == before


async def test_what_the_api_server_refuses_is_told_and_leaves_nothing(ana: Browser, front: Front) -> None:
    for answered, status, code in (
        (404, 400, "namespace_not_found"),
        (422, 400, "invalid_agent"),
        (403, 409, "cluster_refused"),
        (500, 503, "cluster_unavailable"),
    ):
        front.server.refused[AGENTS] = answered
        refused = await ana.ask("POST", RESOURCES, json=NEW)
        assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)
        assert len(front.router.process.directory) == 0
    front.server.refused.clear()
    assert (await ana.ask("POST", RESOURCES, json=NEW)).status_code == 201


async def test_an_agent_that_was_made_though_the_answer_was_lost_keeps_its_settings(ana: Browser, front: Front) -> None:
    front.server.objects[f"{AGENTS}/bob"] = {"metadata": {"name": "bob", "namespace": "team-a"}, "spec": {}}
    front.server.refused[AGENTS] = 504

    made = await ana.ask("POST", RESOURCES, json={**NEW, "llm": OWN_KEY})

    assert made.status_code == 201, made.text
    assert made.json()["llm"]["hasKey"] is True
    assert front.router.process.directory.get("team-a.bob").llm is not None


async def test_an_agent_with_a_resource_is_deleted_in_the_cluster(ana: Browser, front: Front) -> None:
    front.grant("ana create team-a", "ana get team-a", "ana delete team-a")
    await ana.ask("POST", RESOURCES, json=NEW)
    kept = await ana.ask("DELETE", "/api/v1/agents/team-a.bob")
    assert (kept.status_code, kept.json()["error"]["code"]) == (409, "agent_has_resource")
    assert "kubectl -n team-a delete" in kept.json()["error"]["message"]
    front.server.objects.clear()
    assert (await ana.ask("DELETE", "/api/v1/agents/team-a.bob")).status_code == 204
    assert len(front.router.process.directory) == 0
