import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.replicas import Replicas
from tests.support.router_program import RouterProgram
from tests.support.running_router import ADMIN_TOKEN, KEY
from tests.support.scripted_upstream import Hold, Reply, ScriptedUpstream, answer

pytestmark = pytest.mark.process

ADMIN = {"authorization": f"Bearer {ADMIN_TOKEN}"}
CHAT = {"model": "router", "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 1}
LEASE_SECONDS = 10.0
SLACK_SECONDS = 5.0


class Callers:
    """One agent that asks through two routers."""

    def __init__(self, http: httpx.AsyncClient, one: RouterProgram, other: RouterProgram) -> None:
        self._http = http
        self.urls = one.url, other.url
        self._token = ""

    async def limit(self, **limits: Any) -> None:
        """Make the agent with these limits, and wait until both routers know it."""
        url = f"{self.urls[0]}/api/v1/agents"
        created = await self._http.post(url, json={"id": "team-a.ava"}, headers=ADMIN)
        settings = {"provider": "openai", "model": "scripted-1", "api_key": KEY, "limits": limits}
        stored = await self._http.put(f"{url}/team-a.ava/llm-config", json=settings, headers=ADMIN)
        assert stored.status_code == 200, stored.text
        self._token = created.json()["token"]
        models = f"{self.urls[1]}/v1/models"
        async with asyncio.timeout(SLACK_SECONDS):
            while (await self._http.get(models, headers=self._own)).is_error:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.05)

    @property
    def _own(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._token}"}

    async def ask(self, which: int) -> int:
        """Ask through one of the routers and return the status."""
        url = f"{self.urls[which]}/v1/chat/completions"
        return (await self._http.post(url, json=CHAT, headers=self._own)).status_code


@asynccontextmanager
async def callers(one: RouterProgram, other: RouterProgram) -> AsyncIterator[Callers]:
    async with httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_connections=200)) as http:
        yield Callers(http, one, other)


async def test_two_routers_share_a_rate_exactly(tmp_path: Path, database: str) -> None:
    async with (
        ScriptedUpstream.running() as upstream,
        Replicas(tmp_path, database, upstream).program("one") as one,
        Replicas(tmp_path, database, upstream).program("other") as other,
        callers(one, other) as asking,
    ):
        await asking.limit(requestsPerMinute=20)
        statuses = [await asking.ask(number % 2) for number in range(60)]
        received = len(upstream.received)

    assert statuses == [200] * 20 + [429] * 40
    assert received == 20


async def test_two_routers_share_limits_exactly_when_all_ask_at_once(tmp_path: Path, database: str) -> None:
    async with (
        ScriptedUpstream.running() as upstream,
        Replicas(tmp_path, database, upstream).program("one") as one,
        Replicas(tmp_path, database, upstream).program("other") as other,
        callers(one, other) as asking,
    ):
        await asking.limit(requestsPerMinute=30)
        statuses = await asyncio.gather(*(asking.ask(number % 2) for number in range(80)))

    assert Counter(statuses) == {200: 30, 429: 50}


async def test_what_a_killed_router_had_under_way_is_free_after_the_lease(tmp_path: Path, database: str) -> None:
    async with (
        ScriptedUpstream.running(Reply(pieces=(Hold(),))) as upstream,
        Replicas(tmp_path, database, upstream).program("one") as one,
        Replicas(tmp_path, database, upstream).program("other") as other,
        callers(one, other) as asking,
    ):
        await asking.limit(concurrency=2)
        under_way = [asyncio.create_task(asking.ask(0)) for _ in range(2)]
        async with asyncio.timeout(SLACK_SECONDS):
            while len(upstream.received) < len(under_way):  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.02)
        full = await asking.ask(1)
        upstream.play(answer())
        one.process.kill()
        killed_at = time.monotonic()
        await asyncio.gather(*under_way, return_exceptions=True)
        still_full = await asking.ask(1)
        async with asyncio.timeout(LEASE_SECONDS + SLACK_SECONDS):
            while await asking.ask(1) != httpx.codes.OK:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.2)
        free_after = time.monotonic() - killed_at
        again = [await asking.ask(1), await asking.ask(1)]

    assert (full, still_full) == (429, 429)
    assert free_after <= LEASE_SECONDS + 1
    assert again == [200, 200]
