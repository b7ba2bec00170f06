from typing import Any

import pytest

from tests.support.running_router import RunningRouter, running_router
from tests.support.scripted_upstream import ScriptedUpstream

PATH = "/v1/chat/completions"
HELLO = [{"role": "user", "content": "Hello"}]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "Hello"}, "messages"),
        ({"messages": ["Hello"]}, "messages[0]"),
        ({"messages": [{"content": "Hello"}]}, "messages[0].role"),
        ({"messages": [{"role": "king", "content": "Hello"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": ["Hello"]}]}, "messages[0].content"),
        ({"messages": HELLO, "stream": "yes"}, "stream"),
        ({"messages": HELLO, "model": 7}, "model"),
        ({"messages": HELLO, "temperature": "hot"}, "temperature"),
        ({"messages": HELLO, "max_tokens": True}, "max_tokens"),
        ({"messages": HELLO, "tools": {}}, "tools"),
    ],
)
async def test_a_wrong_field_is_named_and_nobody_is_asked(
    router: RunningRouter, upstream: ScriptedUpstream, body: dict[str, Any], param: str
) -> None:
    token = await router.agent()
    response = await router.http.post(PATH, json=body, headers={"authorization": f"Bearer {token}"})
    error = response.json()["error"]
    assert (response.status_code, error["type"], error["param"]) == (400, "invalid_request_error", param)
    assert upstream.received == []


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff\xfe", b'"text"', b"[" * 5000])
async def test_what_is_no_json_object_is_refused(
    router: RunningRouter, upstream: ScriptedUpstream, body: bytes
) -> None:
    token = await router.agent()
    response = await router.http.post(PATH, content=body, headers={"authorization": f"Bearer {token}"})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_json")
    assert upstream.received == []


@pytest.mark.parametrize("header", [{}, {"authorization": "Bearer nobody"}, {"authorization": "Basic YTpi"}])
async def test_a_caller_without_a_good_token_is_refused(router: RunningRouter, header: dict[str, str]) -> None:
    response = await router.http.post(PATH, json={"messages": HELLO}, headers=header)
    assert (response.status_code, response.json()["error"]["type"]) == (401, "authentication_error")
    assert response.headers["www-authenticate"] == "Bearer"


async def test_the_administrator_is_sent_to_the_chat_api(router: RunningRouter) -> None:
    response = await router.http.post(PATH, json={"messages": HELLO}, headers=router.admin)
    assert (response.status_code, response.json()["error"]["code"]) == (403, "forbidden")


async def test_an_unknown_model_is_refused_with_what_there_is(router: RunningRouter) -> None:
    response = await router.chat(await router.agent(), model="gpt-99")
    assert response.status_code == 404
    assert "router, scripted-1" in response.json()["error"]["message"]


async def test_an_agent_without_settings_learns_what_to_do(router: RunningRouter) -> None:
    created = await router.http.post("/api/v1/agents", json={"id": "team-a.new"}, headers=router.admin)
    response = await router.chat(created.json()["token"])
    assert (response.status_code, response.json()["error"]["code"]) == (400, "llm_not_configured")
    assert "/llm-config" in response.json()["error"]["message"]


async def test_another_method_is_refused(router: RunningRouter) -> None:
    response = await router.http.get(PATH)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("declared", [True, False])
async def test_a_large_body_is_refused(tmp_path: Any, upstream: ScriptedUpstream, *, declared: bool) -> None:
    async with running_router(tmp_path, upstream, max_body_bytes=2048) as router:
        headers = {"authorization": f"Bearer {await router.agent()}"}
        large = b"x" * 4096

        async def pieces() -> Any:
            yield large

        response = await router.http.post(PATH, content=large if declared else pieces(), headers=headers)
    assert (response.status_code, response.json()["error"]["code"]) == (413, "request_too_large")
    assert upstream.received == []
