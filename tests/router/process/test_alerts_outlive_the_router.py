"""The router is killed between an answer and its alert, and between the alert and its delivery."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from tests.support.program_client import ProgramClient, program_client
from tests.support.router_program import router_program
from tests.support.running_router import MODEL
from tests.support.scripted_upstream import Reply, ScriptedUpstream
from tests.support.webhook_receiver import SECRET, is_genuine

pytestmark = pytest.mark.process

BUDGET = {"monthlyTokens": 10, "onExceeded": "Log"}
"""One scripted answer takes 14 tokens: both thresholds at once."""

QUESTION = {"messages": [{"role": "user", "content": "Hello"}]}
_SECONDS = 15.0


async def spend(client: ProgramClient) -> str:
    """Let a new agent pass its budget; return its id."""
    agent = await client.agent("openai", MODEL, limits=BUDGET)
    answer = await client.http.post("/v1/chat/completions", json=QUESTION, headers=agent.headers)
    assert answer.status_code == 200, answer.text
    return agent.id


async def listed(client: ProgramClient, count: int, *, delivered: bool = False) -> None:
    """Wait until so many alerts are listed, and all are delivered where that is asked."""
    async with asyncio.timeout(_SECONDS):
        while True:
            alerts = (await client.http.get("/api/v1/usage/alerts")).json()["alerts"]
            if len(alerts) == count and all(alert["delivered_at"] for alert in alerts) >= delivered:
                return
            await asyncio.sleep(0.05)


async def told(receiver: ScriptedUpstream, count: int) -> Counter[str]:
    """Return how often each alert was posted, once so many were."""
    async with asyncio.timeout(_SECONDS):
        while len(receiver.received) < count:  # noqa: ASYNC110 - the receiver tells nobody
            await asyncio.sleep(0.05)
    assert all(is_genuine(request) for request in receiver.received)
    return Counter(request.json["data"]["id"].partition("/")[2] for request in receiver.received)


async def test_every_alert_is_delivered_once_whenever_the_router_dies(tmp_path: Path, free_port: int) -> None:
    async with ScriptedUpstream.running() as upstream, ScriptedUpstream.running(Reply(status=204)) as receiver:
        silent = {"PROVIDER_URL_OPENAI": upstream.url}
        telling = {
            **silent,
            "ROUTER_ALERT_WEBHOOK_URL": f"http://127.0.0.1:{receiver.port}/alerts",
            "ROUTER_ALERT_WEBHOOK_SECRET": SECRET,
        }
        async with router_program(tmp_path, free_port, **silent) as router, program_client(router) as client:
            first = await spend(client)
            router.process.kill()
        async with router_program(tmp_path, free_port, **silent) as router, program_client(router) as client:
            await listed(client, 2)
            router.process.kill()
        async with router_program(tmp_path, free_port, **telling) as router, program_client(router) as client:
            await listed(client, 2, delivered=True)
            of_the_first = await told(receiver, 2)
        async with router_program(tmp_path, free_port, **telling) as router, program_client(router) as client:
            second = await spend(client)
            await listed(client, 4, delivered=True)
            of_both = await told(receiver, 4)

    assert of_the_first == {f"{first}/monthlyTokens/{threshold}": 1 for threshold in (80, 100)}
    assert of_both == {f"{agent}/monthlyTokens/{threshold}": 1 for agent in (first, second) for threshold in (80, 100)}
