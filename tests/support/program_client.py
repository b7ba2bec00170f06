"""What tests ask of a router that runs as its own process: agents to call it with, and the rows that are left."""

import asyncio
import contextlib
import secrets
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.router_program import RouterProgram
from tests.support.running_router import ADMIN_TOKEN

__all__ = ["AgentAccess", "ProgramClient", "admin_headers", "program_client"]

_ROW_SECONDS = 2.0
_SECONDS = 30.0


@dataclass(frozen=True)
class AgentAccess:
    """An agent as its owner knows it: the name, the token it calls with, the key it pays with."""

    id: str
    token: str
    key: str

    @property
    def headers(self) -> dict[str, str]:
        """Headers of the agent itself."""
        return {"authorization": f"Bearer {self.token}"}


@dataclass(frozen=True)
class ProgramClient:
    """The administrator's way to a router process."""

    url: str
    http: httpx.AsyncClient
    database: Path

    async def agent(self, provider: str, model: str, **settings: Any) -> AgentAccess:
        """Make an agent of its own, with a key of its own, so that no test meets another's breaker."""
        agent_id, key = f"team-a.a{secrets.token_hex(4)}", f"sk-{secrets.token_hex(16)}"
        created = await self.http.post("/api/v1/agents", json={"id": agent_id})
        assert created.status_code == 201, created.text
        chosen = {"provider": provider, "model": model, "api_key": key, **settings}
        stored = await self.http.put(f"/api/v1/agents/{agent_id}/llm-config", json=chosen)
        assert stored.status_code == 200, stored.text
        return AgentAccess(agent_id, created.json()["token"], key)

    async def rows(self, agent: AgentAccess, count: int = 1) -> list[dict[str, Any]]:
        """Return an agent's usage rows, at the latest two seconds after the answer."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_ROW_SECONDS):
                while len(self._rows(agent)) < count:  # noqa: ASYNC110 - the database tells nobody when it changes
                    await asyncio.sleep(0.02)
        return self._rows(agent)

    def _rows(self, agent: AgentAccess) -> list[dict[str, Any]]:
        with contextlib.closing(sqlite3.connect(self.database)) as connection:
            connection.row_factory = sqlite3.Row
            found = connection.execute("SELECT * FROM token_usage WHERE agent_id = ?", (agent.id,))
            return [dict(row) for row in found]


def admin_headers() -> dict[str, str]:
    """Return the headers of the administrator."""
    return {"authorization": f"Bearer {ADMIN_TOKEN}"}


@contextlib.asynccontextmanager
async def program_client(router: RouterProgram) -> AsyncIterator[ProgramClient]:
    """Sign in as the administrator for the life of the block."""
    database = router.log.parent / "data" / "vutler.db"
    async with httpx.AsyncClient(base_url=router.url, headers=admin_headers(), timeout=_SECONDS) as http:
        yield ProgramClient(router.url, http, database)
