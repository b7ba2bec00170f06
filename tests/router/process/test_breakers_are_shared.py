import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.replicas import Replicas
from tests.support.running_router import ADMIN_TOKEN, KEY
from tests.support.scripted_upstream import ScriptedUpstream, answer, failure

pytestmark = pytest.mark.process

ADMIN = {"authorization": f"Bearer {ADMIN_TOKEN}"}
CHAT = {"model": "router", "messages": [{"role": "user", "content": "Hello"}]}
SHARED_SECONDS = 2.0


async def make_agent(http: httpx.AsyncClient) -> str:
    created = await http.post("/api/v1/agents", json={"id": "team-a.ava"}, headers=ADMIN)
    settings = {"provider": "openai", "model": "scripted-1", "api_key": KEY}
    assert (await http.put("/api/v1/agents/team-a.ava/llm-config", json=settings, headers=ADMIN)).status_code == 200
    token: str = created.json()["token"]
    return token


async def chat(http: httpx.AsyncClient, token: str) -> httpx.Response:
    return await http.post("/v1/chat/completions", json=CHAT, headers={"authorization": f"Bearer {token}"})


async def breakers(http: httpx.AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await http.get("/api/v1/breakers", headers=ADMIN)).json()["breakers"]
    return found


async def shown(http: httpx.AsyncClient, wanted: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
    """Return the breakers as soon as they are as wanted; fail when they are not in time."""
    deadline = time.monotonic() + SHARED_SECONDS
    while not wanted(found := await breakers(http)):
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.05)
    return found


async def test_replicas_stop_asking_and_ask_again_together(tmp_path: Path, database: str) -> None:
    async with ScriptedUpstream.running(failure(401)) as upstream:
        replicas = Replicas(tmp_path, database, upstream)
        async with replicas.started("one") as one, replicas.started("other") as other:
            token = await make_agent(one)
            refused = [await chat(one, token) for _ in range(3)]
            theirs = await shown(other, bool)
            ours, asked = await breakers(one), len(upstream.received)
            from_other = await chat(other, token)
            still_asked = len(upstream.received)

            upstream.play(answer("back"))
            tested = await other.post("/api/v1/agents/team-a.ava/llm-test", headers=ADMIN)
            await shown(one, lambda found: not found)
            answered = await chat(one, token)

    assert (theirs, theirs[0]["state"], theirs[0]["code"]) == (ours, "open", "provider_key_refused")
    assert [response.status_code for response in (*refused, from_other)] == [400, 400, 400, 400]
    assert from_other.json()["error"]["code"] == refused[-1].json()["error"]["code"]
    assert (asked, still_asked) == (3, 3)
    assert tested.json()["ok"] is True
    assert answered.json()["choices"][0]["message"]["content"] == "back"


async def test_a_restart_does_not_make_a_router_ask_again(tmp_path: Path, database: str) -> None:
    async with ScriptedUpstream.running(failure(401)) as upstream:
        replicas = Replicas(tmp_path, database, upstream)
        async with replicas.started("before") as router:
            token = await make_agent(router)
            for _ in range(3):
                await chat(router, token)
            await asyncio.sleep(1)  # for the process is killed, not asked to end
            before = await breakers(router)
        async with replicas.started("after") as router:
            after, response = await breakers(router), await chat(router, token)

    assert after == before
    assert (response.status_code, len(upstream.received)) == (400, 3)
