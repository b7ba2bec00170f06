"""What an asked agent does reaches another router than the question: one tree all the same."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.agent_stand_in import GATEWAY_TOKEN, Behaviour, Heard, echo, standing_in
from tests.support.replicas import Replicas
from tests.support.running_router import ADMIN_TOKEN, KEY
from tests.support.scripted_upstream import ScriptedUpstream

pytestmark = pytest.mark.process

ADMIN = {"authorization": f"Bearer {ADMIN_TOKEN}"}
LEAD, CODER, CHECKER = "team-a.lead", "team-a.coder", "team-a.checker"
KNOWN_SECONDS = 5.0


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}", "accept": "application/json"}


async def add(http: httpx.AsyncClient, agent_id: str, url: str, *delegates: str) -> str:
    created = await http.post("/api/v1/agents", json={"id": agent_id}, headers=ADMIN)
    pushed = {"gateway": {"url": url, "token": GATEWAY_TOKEN}, "delegates": list(delegates)}
    assert (await http.put(f"/api/v1/agents/{agent_id}", json=pushed, headers=ADMIN)).status_code == 200
    llm = {"provider": "openai", "model": "scripted-1", "api_key": KEY}
    await http.put(f"/api/v1/agents/{agent_id}/llm-config", json=llm, headers=ADMIN)
    token: str = created.json()["token"]
    return token


async def call(http: httpx.AsyncClient, token: str, tool: str, **arguments: Any) -> str:
    params = {"name": tool, "arguments": arguments}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    answer = await http.post("/mcp", json=message, headers=bearer(token))
    text: str = answer.json()["result"]["content"][0]["text"]
    return text


async def known(http: httpx.AsyncClient, token: str, name: str) -> None:
    """Wait until a router has heard of an agent's delegate from the database."""
    deadline = time.monotonic() + KNOWN_SECONDS
    while name not in (await http.get("/api/v1/agents", headers=bearer(token))).text:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def test_a_tree_spans_routers_and_so_do_its_limits(tmp_path: Path, database: str) -> None:
    tokens: dict[str, str] = {}

    def through(http: httpx.AsyncClient, *peers: str) -> Behaviour:
        """Ask the model and then others through this router."""

        async def behave(heard: Heard) -> AsyncIterator[str]:
            body = {"model": "router", "messages": heard.model_messages()}
            await http.post("/v1/chat/completions", json=body, headers=bearer(tokens[CODER]))
            for peer in peers:
                yield f"[{await call(http, tokens[CODER], 'agent_ask', agent=peer, message='Check it')}]"

        return behave

    async with (
        ScriptedUpstream.running() as upstream,
        standing_in() as lead,
        standing_in() as coder,
        standing_in(echo) as checker,
    ):
        replicas = Replicas(tmp_path, database, upstream)
        async with replicas.started("one") as one, replicas.started("other") as other:
            tokens[LEAD] = await add(one, LEAD, lead.url, CODER)
            tokens[CODER] = await add(one, CODER, coder.url, CHECKER, LEAD)
            tokens[CHECKER] = await add(one, CHECKER, checker.url)
            await known(other, tokens[CODER], CHECKER)
            coder.behave = through(other, "checker", "lead")

            text = await call(one, tokens[LEAD], "agent_ask", agent="coder", message="Write it")
            tree = await shown(other, 1)

    assert text.startswith("[You said: Check it][Error (ask_cycle): team-a.lead waits for this answer already")
    assert (tree["requests"], tree["by_agent"][0]["agent_id"]) == (1, CODER)
    (root,) = tree["asks"]
    (child,) = root["asks"]
    assert [(node["from"], node["to"], node["depth"]) for node in (root, child)] == [
        (LEAD, CODER, 1),
        (CODER, CHECKER, 2),
    ]


async def shown(http: httpx.AsyncClient, requests: int) -> dict[str, Any]:
    """Return the one tree there is, once its rows are there."""
    deadline = time.monotonic() + KNOWN_SECONDS
    while True:
        trees = (await http.get("/api/v1/usage/trees", headers=ADMIN)).json()["trees"]
        if trees and trees[0]["requests"] >= requests:
            (only,) = trees
            tree: dict[str, Any] = (await http.get(f"/api/v1/usage/trees/{only['tree_id']}", headers=ADMIN)).json()
            return tree
        assert time.monotonic() < deadline, trees
        await asyncio.sleep(0.05)


async def test_what_was_called_before_a_stop_is_in_the_audit_after_it(tmp_path: Path, database: str) -> None:
    async with ScriptedUpstream.running() as upstream, standing_in() as pod:
        replicas = Replicas(tmp_path, database, upstream)
        async with replicas.program("one") as program:
            async with httpx.AsyncClient(base_url=program.url, timeout=15) as http:
                token = await add(http, LEAD, pod.url, CODER)
                await call(http, token, "usage_mine")
                program.process.send_signal(signal.SIGTERM)
                calls = [call(http, token, "usage_mine"), call(http, token, "agents_list")]
                await asyncio.gather(*calls)
            assert await program.end() == 0
        async with replicas.started("after") as after:
            audit = (await after.get("/api/v1/audit", headers=ADMIN)).json()["calls"]

    assert sorted(entry["tool"] for entry in audit) == ["agents_list", "usage_mine", "usage_mine"]
