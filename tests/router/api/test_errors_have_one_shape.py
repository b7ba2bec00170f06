from pathlib import Path

import pytest

from tests.support.running_router import AGENT, RunningRouter, running_router
from tests.support.scripted_upstream import ScriptedUpstream

FIELDS = {"message", "type", "code", "param"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nothing", None, 404),
        ("PATCH", "/api/v1/agents", None, 405),
        ("POST", "/api/v1/agents", b"{", 400),
        ("POST", "/api/v1/agents", b"[]", 400),
        ("POST", "/api/v1/agents", b"{}", 400),
        ("POST", "/api/v1/agents", b'{"id": "Not An Id"}', 400),
        ("GET", "/api/v1/agents?limit=0", None, 400),
        ("GET", "/api/v1/agents/team-a.nobody", None, 404),
        ("GET", "/api/v1/agents/Not%20An%20Id", None, 404),
        ("GET", "/api/v1/usage/summary?period=century", None, 400),
        ("POST", "/v1/chat/completions", b"{}", 403),
    ],
)
async def test_every_refusal_has_it(
    router: RunningRouter, method: str, path: str, body: bytes | None, status: int
) -> None:
    headers = {**router.admin, "content-type": "application/json"}
    response = await router.http.request(method, path, content=body, headers=headers)
    assert response.status_code == status
    assert response.json()["error"].keys() == FIELDS
    assert response.headers["x-request-id"].startswith("req_")


async def test_a_wrong_field_is_named_by_its_path_and_its_value_is_not_repeated(router: RunningRouter) -> None:
    body = {"llm": {"fallbacks": [{"provider": "openai", "api_key": ["sk-typed-wrong"]}]}}
    response = await router.http.put(f"/api/v1/agents/{AGENT}", json=body, headers=router.admin)
    error = response.json()["error"]
    assert (response.status_code, error["param"]) == (400, "llm.fallbacks[0].api_key")
    assert "sk-typed-wrong" not in response.text


@pytest.mark.parametrize(
    "path",
    ["/api/v1/agents", "/api/v1/agents/team-a.ava", "/api/v1/usage/tiers", "/v1/models", "/api/v1/usage/summary"],
)
async def test_without_a_token_nothing_is_shown(router: RunningRouter, path: str) -> None:
    assert (await router.http.get(path)).status_code == 401


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/openapi.json", "/docs"])
async def test_probes_metrics_and_documentation_are_open(router: RunningRouter, path: str) -> None:
    assert (await router.http.get(path)).status_code == 200


async def test_a_large_body_is_refused(tmp_path: Path, upstream: ScriptedUpstream) -> None:
    async with running_router(tmp_path, upstream, max_body_bytes=2048) as router:
        body = {"id": "team-a.ava", "display_name": "a" * 4096}
        response = await router.http.post("/api/v1/agents", json=body, headers=router.admin)
    assert (response.status_code, response.json()["error"]["code"]) == (413, "request_too_large")


async def test_the_documentation_asks_no_other_origin_and_knows_the_hot_path(router: RunningRouter) -> None:
    page = (await router.http.get("/docs")).text
    assert "https://" not in page
    schema = (await router.http.get("/openapi.json")).json()
    assert "post" in schema["paths"]["/v1/chat/completions"]
    assert schema["paths"]["/api/v1/agents"]["get"]["security"] == [{"token": []}]


async def test_the_front_door_leads_to_the_documentation(router: RunningRouter) -> None:
    response = await router.http.get("/")
    assert (response.status_code, response.headers["location"]) == (307, "/docs")
