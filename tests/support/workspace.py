"""A workspace of agents with pods that are scripted, for what the platform's tools do."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx

from tests.support.scripted_upstream import ScriptedUpstream

__all__ = ["as_agent", "eventually", "give_pod", "messages_of"]

Found = TypeVar("Found")

_SECONDS = 10.0


async def eventually(look: Callable[[], Awaitable[Found | None]], *, seconds: float = _SECONDS) -> Found:
    """Look until something is found; fail when it is not in time."""
    deadline = time.monotonic() + seconds
    while not (found := await look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)
    return found


def as_agent(token: str) -> dict[str, str]:
    """Return the headers of an agent."""
    return {"authorization": f"Bearer {token}"}


async def give_pod(http: httpx.AsyncClient, admin: dict[str, str], agent_id: str, pod: ScriptedUpstream) -> None:
    """Let an agent's gateway be this server."""
    gateway = {"gateway": {"url": f"http://127.0.0.1:{pod.port}", "token": f"gateway-token-of-{agent_id}"}}
    answer = await http.put(f"/api/v1/agents/{agent_id}", json=gateway, headers=admin)
    assert answer.status_code == 200, answer.text


async def messages_of(
    http: httpx.AsyncClient, headers: dict[str, str], channel: str, count: int = 0, **query: Any
) -> list[dict[str, Any]]:
    """Return a channel's messages as soon as there are so many."""

    async def look() -> list[dict[str, Any]] | None:
        answer = await http.get(f"/api/v1/channels/{channel}/messages", params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["messages"]
        return found if len(found) >= count else None

    return await eventually(look) if count else (await look() or [])
