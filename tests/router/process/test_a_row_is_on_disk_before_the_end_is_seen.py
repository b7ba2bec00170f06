"""The router is killed in the very moment in which the caller has the end of an answer, and started again."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import httpx
import pytest

from tests.support.router_program import router_program
from tests.support.running_router import ADMIN_TOKEN, KEY
from tests.support.scripted_upstream import ScriptedUpstream, answer, stream, told

pytestmark = pytest.mark.process

_ROUNDS = 5
_ROW_SECONDS = 5.0


def rows(folder: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(folder / "data" / "vutler.db")) as connection:
        return [row[0] for row in connection.execute("SELECT request_id FROM token_usage ORDER BY request_id")]


async def rows_after_a_while(folder: Path, count: int) -> list[str]:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_ROW_SECONDS):
            while len(rows(folder)) < count:  # noqa: ASYNC110 - the database tells nobody when it changes
                await asyncio.sleep(0.05)
    return rows(folder)


@pytest.mark.parametrize("kind", ["whole", "streamed"])
async def test_a_row_is_on_disk_before_the_end_is_seen(tmp_path: Path, free_port: int, kind: str) -> None:
    streamed = kind == "streamed"
    script = stream(*told(["Hel", "lo"])) if streamed else answer("Hello")
    body = {"stream": streamed, "messages": [{"role": "user", "content": "Hello"}]}
    answered: list[str] = []
    token = ""
    async with ScriptedUpstream.running(*[script] * _ROUNDS) as upstream:
        for number in range(_ROUNDS):
            async with (
                router_program(tmp_path, free_port, PROVIDER_URL_OPENAI=upstream.url) as router,
                httpx.AsyncClient(base_url=router.url, timeout=15) as http,
            ):
                assert await rows_after_a_while(tmp_path, number) == sorted(answered)
                token = token or await agent_token(http)
                async with http.stream(
                    "POST", "/v1/chat/completions", json=body, headers={"authorization": f"Bearer {token}"}
                ) as answering:
                    async for piece in answering.aiter_raw():
                        if not streamed or b"[DONE]" in piece:
                            router.process.kill()
                    answered.append(answering.headers["x-request-id"])
                await router.end()
        async with router_program(tmp_path, free_port):
            assert await rows_after_a_while(tmp_path, _ROUNDS) == sorted(answered)


async def agent_token(http: httpx.AsyncClient) -> str:
    admin = {"authorization": f"Bearer {ADMIN_TOKEN}"}
    created = await http.post("/api/v1/agents", json={"id": "team-a.ava"}, headers=admin)
    settings = {"provider": "openai", "model": "scripted-1", "api_key": KEY}
    stored = await http.put("/api/v1/agents/team-a.ava/llm-config", json=settings, headers=admin)
    assert stored.status_code == 200
    token: str = created.json()["token"]
    return token
