import asyncio
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import httpx
import pytest

from tests.support.router_program import RouterProgram, router_program
from tests.support.running_router import ADMIN_TOKEN, KEY
from tests.support.scripted_upstream import Hold, Pause, ScriptedUpstream, delta, event, stream, told

pytestmark = pytest.mark.process

BODY = {"stream": True, "messages": [{"role": "user", "content": "Hello"}]}


async def agent_token(http: httpx.AsyncClient) -> str:
    admin = {"authorization": f"Bearer {ADMIN_TOKEN}"}
    created = await http.post("/api/v1/agents", json={"id": "team-a.ava"}, headers=admin)
    settings = {"provider": "openai", "model": "scripted-1", "api_key": KEY}
    stored = await http.put("/api/v1/agents/team-a.ava/llm-config", json=settings, headers=admin)
    assert stored.status_code == 200
    token: str = created.json()["token"]
    return token


@asynccontextmanager
async def running_stream(
    router: RouterProgram,
) -> AsyncIterator[tuple[httpx.AsyncClient, AsyncIterator[bytes]]]:
    async with httpx.AsyncClient(base_url=router.url, timeout=15) as http:
        headers = {"authorization": f"Bearer {await agent_token(http)}"}
        async with http.stream("POST", "/v1/chat/completions", json=BODY, headers=headers) as response:
            yield http, response.aiter_raw()


def statuses(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "data" / "vutler.db")) as connection:
        return [status for (status,) in connection.execute("SELECT status FROM token_usage")]


async def test_a_running_stream_finishes_and_its_row_is_written(tmp_path: Path, free_port: int) -> None:
    events = told(["Hel", "lo"])
    script = stream(*events[:2], Pause(2), *events[2:])
    async with (
        ScriptedUpstream.running(script) as upstream,
        router_program(tmp_path, free_port, PROVIDER_URL_OPENAI=upstream.url) as router,
    ):
        async with running_stream(router) as (http, pieces):
            received = await anext(pieces)
            router.process.send_signal(signal.SIGTERM)
            ready = await http.get("/readyz")
            async for piece in pieces:
                received += piece
        assert await router.end() == 0
    assert (ready.status_code, ready.json()["error"]["code"]) == (503, "draining")
    assert received == b"".join(told(["Hel", "lo"], usage=False))
    assert statuses(tmp_path) == ["ok"]


async def test_a_stream_that_never_ends_is_cut_after_the_grace_and_metered(tmp_path: Path, free_port: int) -> None:
    async with (
        ScriptedUpstream.running(stream(event(delta("Hel")), Hold())) as upstream,
        router_program(tmp_path, free_port, PROVIDER_URL_OPENAI=upstream.url, ROUTER_SHUTDOWN_GRACE="1") as router,
    ):
        async with running_stream(router) as (_, pieces):
            assert b"Hel" in await anext(pieces)
            router.process.send_signal(signal.SIGTERM)
            cut = False
            try:
                rest = [piece async for piece in pieces]
            except httpx.RemoteProtocolError:
                cut = True
            else:
                assert b"[DONE]" not in b"".join(rest)
        assert await router.end() == 0
        assert cut
        async with asyncio.timeout(2):
            await upstream.departures.get()
    assert statuses(tmp_path) == ["cancelled"]
