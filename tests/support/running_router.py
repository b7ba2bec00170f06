"""A router inside the test's own process, on a loopback port: real server, real sockets, SQLite in a folder."""

import asyncio
import contextlib
import sqlite3
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from tests.support.scripted_upstream import ScriptedUpstream
from vutler_router.app import create_app
from vutler_router.container import Process, open_process
from vutler_router.serving import GracefulServer, listen, url_of
from vutler_router.settings import ProviderName, Settings

ADMIN_TOKEN = "admin-token-of-the-tests"
KEY = "sk-live-of-the-tests-0123456789"
MODEL = "scripted-1"
AGENT = "team-a.ava"
_ROW_SECONDS = 2.0
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For plain HTTP: reading the machine's certificates for every test takes a tenth of a second each."""


@dataclass
class RunningRouter:
    """The router and what tests do with it all the time."""

    url: str
    process: Process
    http: httpx.AsyncClient
    database: Path

    @property
    def admin(self) -> dict[str, str]:
        """Headers of the administrator."""
        return {"authorization": f"Bearer {ADMIN_TOKEN}"}

    async def agent(self, agent_id: str = AGENT, **llm: Any) -> str:
        """Create an agent with these model settings (default: the scripted provider) and return its token."""
        created = await self.http.post("/api/v1/agents", json={"id": agent_id}, headers=self.admin)
        assert created.status_code == 201, created.text
        settings = llm or {"provider": "openai", "model": MODEL, "api_key": KEY}
        stored = await self.http.put(f"/api/v1/agents/{agent_id}/llm-config", json=settings, headers=self.admin)
        assert stored.status_code == 200, stored.text
        token: str = created.json()["token"]
        return token

    async def chat(self, token: str, **fields: Any) -> httpx.Response:
        """Send a chat completions request that asks for the router's choice unless told otherwise."""
        body = {"model": "router", "messages": [{"role": "user", "content": "Hello"}], **fields}
        return await self.http.post("/v1/chat/completions", json=body, headers={"authorization": f"Bearer {token}"})

    async def rows(self, count: int = 1) -> list[dict[str, Any]]:
        """Return the usage rows, at the latest two seconds after the answer."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_ROW_SECONDS):
                while len(_rows(self.database)) < count:  # noqa: ASYNC110 - the database tells nobody when it changes
                    await asyncio.sleep(0.02)
        return _rows(self.database)


def _rows(database: Path) -> list[dict[str, Any]]:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute("SELECT * FROM token_usage")]


@contextlib.asynccontextmanager
async def running_router(folder: Path, upstream: ScriptedUpstream, **settings: Any) -> AsyncIterator[RunningRouter]:
    """Run a router whose provider `openai` is the scripted upstream."""
    named = Settings(
        data_dir=folder,
        admin_token=SecretStr(ADMIN_TOKEN),
        provider_urls={ProviderName.OPENAI: upstream.url, **settings.pop("provider_urls", {})},
        cluster=settings.pop("cluster", "off"),
        **settings,
    )
    listener = listen("127.0.0.1", 0)
    async with open_process(named) as process:
        server = GracefulServer(create_app(process), named.shutdown_grace, process.readiness.drain)
        serving = asyncio.create_task(server.run_on(listener))
        url = url_of(listener)
        try:
            async with httpx.AsyncClient(base_url=url, timeout=10, verify=_NO_TLS) as http:
                yield RunningRouter(url, process, http, named.sqlite_path)
        finally:
            server.should_exit = True
            await serving
