from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.running_router import MODEL, RunningRouter, running_router
from tests.support.scripted_upstream import ScriptedUpstream

INVOICES = {
    "name": "invoices",
    "models": ["openai/gpt-4o-mini"],
    "keywords": ["invoice", "facture"],
    "description": "Questions about bills.",
    "examples": ["Where is my bill?"],
}
CODE = {"category": "code", "models": ["openai/gpt-4.1", "gpt-4o"]}


async def post(router: RunningRouter, path: str, body: Any) -> httpx.Response:
    return await router.http.post(path, json=body, headers=router.admin)


async def config(router: RunningRouter) -> dict[str, Any]:
    response = await router.http.get("/config", headers=router.admin)
    assert response.status_code == 200
    found: dict[str, Any] = response.json()
    return found


async def test_what_is_there_by_itself(router: RunningRouter) -> None:
    shown = await config(router)
    assert [(one["name"], one["built_in"]) for one in shown["categories"]] == [
        ("tools", True),
        ("code", True),
        ("reasoning", True),
        ("conversation", True),
    ]
    assert (shown["mode"], shown["tools"], shown["mappings"], shown["version"]) == ("Off", "Needed", [], 0)
    assert shown["defaults"]["providers"]["openrouter"]["tools"][0] == "openrouter/aurora-alpha"
    assert shown["defaults"]["tiers"]["economy"]["conversation"][0] == "mistral/mistral-small"


async def test_a_category_is_added_shown_changed_and_deleted(router: RunningRouter) -> None:
    added = await post(router, "/config/category", INVOICES)
    assert (added.status_code, added.json()) == (201, INVOICES)
    assert {**INVOICES, "built_in": False} in (await config(router))["categories"]
    changed = {**INVOICES, "keywords": ["bill"]}
    put = await router.http.put("/config/category/invoices", json=changed, headers=router.admin)
    assert put.json() == changed
    assert (await router.http.delete("/config/category/invoices", headers=router.admin)).status_code == 204
    assert len((await config(router))["categories"]) == 4


async def test_models_are_mapped_to_a_category_and_taken_back(router: RunningRouter) -> None:
    assert (await post(router, "/config/model-mapping", CODE)).json() == CODE
    newer = {"category": "code", "models": ["gpt-4o"], "comparison": {"model": "gpt-4.1", "percent": 20}}
    assert (await post(router, "/config/model-mapping", newer)).json() == newer
    shown = await config(router)
    assert shown["mappings"] == [newer]
    assert next(one for one in shown["categories"] if one["name"] == "code")["models"] == ["gpt-4o"]
    assert (await router.http.delete("/config/model-mapping/code", headers=router.admin)).status_code == 204
    assert (await config(router))["mappings"] == []
    again = await router.http.delete("/config/model-mapping/code", headers=router.admin)
    assert (again.status_code, again.json()["error"]["code"]) == (404, "mapping_not_found")


async def test_a_category_that_goes_takes_its_models_along(router: RunningRouter) -> None:
    await post(router, "/config/category", INVOICES)
    await post(router, "/config/model-mapping", {"category": "invoices", "models": ["gpt-4o"]})
    await router.http.delete("/config/category/invoices", headers=router.admin)
    assert (await config(router))["mappings"] == []


BAD_CATEGORIES: list[tuple[dict[str, Any], int, str, str]] = [
    ({"name": ""}, 400, "invalid_name", "name"),
    ({"name": "  "}, 400, "invalid_name", "name"),
    ({"name": "Invoices"}, 400, "invalid_name", "name"),
    ({"name": "a" * 64}, 400, "invalid_name", "name"),
    ({"name": "../x"}, 400, "invalid_name", "name"),
    ({"name": "code"}, 400, "category_built_in", "name"),
    ({"name": "tools"}, 400, "category_built_in", "name"),
    ({"models": ["opnai/gpt-4o-mini"]}, 400, "unknown_model", "models[0]"),
    ({"models": ["openai/gpt-4o-mini", "gpt-9-ultra"]}, 400, "unknown_model", "models[1]"),
    ({"models": ["openai/claude-sonnet-4"]}, 400, "unknown_model", "models[0]"),
    ({"models": [" "]}, 400, "invalid_request", "models[0]"),
    ({"models": ["gpt-4o"] * 17}, 400, "invalid_request", "models"),
    ({"keywords": [""]}, 400, "invalid_request", "keywords[0]"),
    ({"keywords": [], "description": "", "examples": []}, 400, "invalid_request", "keywords"),
    ({"description": "x" * 1025}, 400, "invalid_request", "description"),
    ({"comparison": {"model": "gpt-4o", "percent": 0}}, 400, "invalid_request", "comparison.percent"),
    ({"comparison": {"model": "gpt-4o", "percent": 100}}, 400, "invalid_request", "comparison.percent"),
    ({"comparison": {"model": "openai/gpt-4o-mini", "percent": 5}}, 400, "invalid_request", "comparison.model"),
    ({"comparison": {"model": "gpt-9", "percent": 5}}, 400, "unknown_model", "comparison.model"),
    ({"models": "gpt-4o"}, 400, "invalid_request", "models"),
    ({"name": None}, 400, "invalid_request", "name"),
]


@pytest.mark.parametrize(("wrong", "status", "code", "param"), BAD_CATEGORIES)
async def test_a_category_that_is_wrong_is_refused_by_field(
    router: RunningRouter, wrong: dict[str, Any], status: int, code: str, param: str
) -> None:
    refused = await post(router, "/config/category", {**INVOICES, **wrong})
    error = refused.json()["error"]
    assert (refused.status_code, error["code"], error["param"]) == (status, code, param)
    assert (await config(router))["version"] == 0


async def test_a_category_of_the_same_name_is_a_conflict(router: RunningRouter) -> None:
    await post(router, "/config/category", INVOICES)
    again = await post(router, "/config/category", {**INVOICES, "keywords": ["other"]})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "category_exists")
    assert {**INVOICES, "built_in": False} in (await config(router))["categories"]


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({"category": "nothing", "models": ["gpt-4o"]}, "unknown_category", "category"),
        ({"category": "code", "models": []}, "invalid_request", "models"),
        ({"category": "code", "models": ["mars/rover"]}, "unknown_model", "models[0]"),
        ({"models": ["gpt-4o"]}, "invalid_request", "category"),
    ],
)
async def test_a_mapping_that_is_wrong_is_refused_by_field(
    router: RunningRouter, body: dict[str, Any], code: str, param: str
) -> None:
    refused = await post(router, "/config/model-mapping", body)
    error = refused.json()["error"]
    assert (refused.status_code, error["code"], error["param"]) == (400, code, param)


@pytest.mark.parametrize(
    "model", ["ollama/any:7b", "custom/mine", "openrouter/z-ai/glm-5", MODEL, f"openai/{MODEL}", "z-ai/glm-5"]
)
async def test_models_that_no_list_can_hold_or_that_an_agent_uses_are_taken(router: RunningRouter, model: str) -> None:
    await router.agent()
    assert (await post(router, "/config/model-mapping", {"category": "code", "models": [model]})).status_code == 200


async def test_what_is_built_in_stays_and_what_is_not_there_cannot_go(router: RunningRouter) -> None:
    built_in = await router.http.delete("/config/category/code", headers=router.admin)
    unknown = await router.http.delete("/config/category/nothing", headers=router.admin)
    assert (built_in.status_code, built_in.json()["error"]["code"]) == (409, "category_built_in")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "category_not_found")


async def test_only_the_administrator_sees_and_changes_rules(router: RunningRouter) -> None:
    headers = {"authorization": f"Bearer {await router.agent()}"}
    statuses = [
        (await router.http.get("/config", headers=headers)).status_code,
        (await router.http.post("/config/category", json=INVOICES, headers=headers)).status_code,
        (await router.http.get("/config")).status_code,
    ]
    assert statuses == [403, 403, 401]


async def test_rules_leave_as_a_file_and_come_back(router: RunningRouter) -> None:
    await post(router, "/config/category", INVOICES)
    await post(router, "/config/model-mapping", CODE)
    file = await router.http.get("/config/export", headers=router.admin)
    assert file.headers["content-disposition"] == 'attachment; filename="vutler-routing.json"'
    shown = await config(router)
    await router.http.delete("/config/category/invoices", headers=router.admin)
    for body in (file.json(), shown):
        put = await router.http.put("/config", json=body, headers=router.admin)
        assert put.status_code == 200, put.text
        assert put.json()["categories"] == shown["categories"]
        assert put.json()["mappings"] == [CODE]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"categories": [INVOICES, INVOICES]}, "categories[1].name"),
        ({"mappings": [CODE, CODE]}, "mappings[1].category"),
        ({"mappings": [{**CODE, "category": "gone"}]}, "mappings[0].category"),
        ({"categories": [{**INVOICES, "name": f"c{number}"} for number in range(33)]}, "categories"),
        ({"categories": [{**INVOICES, "models": ["gpt-9"]}]}, "categories[0].models[0]"),
    ],
)
async def test_a_file_that_is_wrong_changes_nothing(router: RunningRouter, body: dict[str, Any], param: str) -> None:
    await post(router, "/config/category", INVOICES)
    refused = await router.http.put("/config", json=body, headers=router.admin)
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, param)
    assert (await config(router))["version"] == 1


async def test_rules_outlive_the_router(tmp_path: Path, upstream: ScriptedUpstream) -> None:
    async with running_router(tmp_path, upstream) as first:
        await post(first, "/config/category", INVOICES)
        await post(first, "/config/model-mapping", CODE)
    async with running_router(tmp_path, upstream) as second:
        shown = await config(second)
    assert shown["mappings"] == [CODE]
    assert {**INVOICES, "built_in": False} in shown["categories"]


@pytest.mark.parametrize(
    ("categories", "param"),
    [
        ([{"name": "", "models": ["gpt-4o"]}], "routing.categories[0].name"),
        ([{"name": "a", "models": ["gpt-4o"], "keywords": ["b"]}] * 2, "routing.categories[1].name"),
        ([{"name": "mine", "models": ["gpt-4o"]}], "routing.categories[0].keywords"),
    ],
)
async def test_an_agents_own_categories_are_checked_too(
    router: RunningRouter, categories: list[dict[str, Any]], param: str
) -> None:
    await router.agent()
    settings = {"provider": "openai", "model": MODEL, "api_key": "sk-1", "routing": {"categories": categories}}
    refused = await router.http.put("/api/v1/agents/team-a.ava/llm-config", json=settings, headers=router.admin)
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, param)
