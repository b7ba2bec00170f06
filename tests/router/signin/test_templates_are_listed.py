from typing import Any

import pytest

from tests.router.signin.conftest import Browser, Front
from tests.support.running_router import RunningRouter

TEMPLATES = "/apis/vutler.io/v1alpha1/namespaces/{}/agenttemplates"


def put(front: Front, namespace: str, name: str, **spec: Any) -> None:
    spec = {"agent": {"systemPrompt": "Keep this to yourself."}, **spec}
    front.server.objects[f"{TEMPLATES.format(namespace)}/{name}"] = {"metadata": {"name": name}, "spec": spec}


@pytest.fixture
async def ana(front: Front) -> Browser:
    put(front, "vutler-system", "faq-bot", description="Answers <i>questions</i>.", recommendedTier="economy")
    put(front, "vutler-system", "research", description="Finds out.")
    agent = {"displayName": "Ours", "tools": ["email"], "llmConfigRef": {"name": "default"}}
    put(front, "team-a", "research", description="Our own.", agent=agent)
    put(front, "team-b", "secret-project")
    front.grant("ana list team-a")
    return await front.browser("token-of-ana")


async def test_a_workspaces_own_templates_go_before_those_of_the_catalogue(ana: Browser) -> None:
    listed = (await ana.ask("GET", "/api/v1/templates?workspace_id=team-a")).json()

    assert listed["templates"] == [
        {
            "name": "faq-bot",
            "workspace_id": "vutler-system",
            "shared": True,
            "description": "Answers <i>questions</i>.",
            "recommended_tier": "economy",
            "display_name": None,
            "tools": None,
            "llm_config": None,
        },
        {
            "name": "research",
            "workspace_id": "team-a",
            "shared": False,
            "description": "Our own.",
            "recommended_tier": None,
            "display_name": "Ours",
            "tools": ["email"],
            "llm_config": "default",
        },
    ]
    assert (listed["next_cursor"], listed["cluster"]) == (None, True)


@pytest.mark.parametrize(("query", "status"), [("", 400), ("?workspace_id=team-b", 403), ("?workspace_id=A/b", 400)])
async def test_people_see_the_templates_of_workspaces_that_they_may_list(ana: Browser, query: str, status: int) -> None:
    assert (await ana.ask("GET", f"/api/v1/templates{query}")).status_code == status


async def test_a_namespace_in_which_the_router_may_not_look_has_none(ana: Browser, front: Front) -> None:
    front.server.refused[TEMPLATES.format("vutler-system")] = 403
    listed = (await ana.ask("GET", "/api/v1/templates?workspace_id=team-a")).json()
    assert [template["name"] for template in listed["templates"]] == ["research"]


async def test_an_api_server_that_is_away_is_not_an_empty_catalogue(ana: Browser, front: Front) -> None:
    front.server.refused[TEMPLATES.format("team-a")] = 500
    assert (await ana.ask("GET", "/api/v1/templates?workspace_id=team-a")).status_code == 503


async def test_without_a_cluster_there_are_none_and_nothing_can_be_made_to_run(router: RunningRouter) -> None:
    listed = await router.http.get("/api/v1/templates?workspace_id=team-a", headers=router.admin)
    assert listed.json() == {"templates": [], "next_cursor": None, "cluster": False}
    body = {"workspace_id": "team-a", "name": "bob"}
    refused = await router.http.post("/api/v1/agents/resources", json=body, headers=router.admin)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "no_cluster")
    assert "POST /api/v1/agents" in refused.json()["error"]["message"]
    assert len(router.process.directory) == 0
