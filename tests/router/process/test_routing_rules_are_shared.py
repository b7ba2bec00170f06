import asyncio
import time
from pathlib import Path

import httpx
import pytest

from tests.support.replicas import Replicas
from tests.support.running_router import ADMIN_TOKEN, KEY
from tests.support.scripted_upstream import ScriptedUpstream

pytestmark = pytest.mark.process

ADMIN = {"authorization": f"Bearer {ADMIN_TOKEN}"}
SHARED_SECONDS = 2.0
CODE = [{"role": "user", "content": "Write a Python function that sorts a list."}]
BILL = [{"role": "user", "content": "Where is my invoice for October?"}]
INVOICES = {"name": "invoices", "models": ["gpt-4o"], "keywords": ["invoice"]}


async def make_agent(http: httpx.AsyncClient) -> str:
    created = await http.post("/api/v1/agents", json={"id": "team-a.ava"}, headers=ADMIN)
    settings = {"provider": "openai", "model": "scripted-1", "api_key": KEY}
    assert (await http.put("/api/v1/agents/team-a.ava/llm-config", json=settings, headers=ADMIN)).status_code == 200
    token: str = created.json()["token"]
    return token


async def sorted_by(http: httpx.AsyncClient, token: str, messages: list[dict[str, str]]) -> tuple[str, str]:
    body = {"model": "router", "messages": messages}
    response = await http.post("/v1/chat/completions", json=body, headers={"authorization": f"Bearer {token}"})
    return response.headers.get("x-vutler-category", ""), response.headers.get("x-vutler-model", "")


async def soon(http: httpx.AsyncClient, token: str, messages: list[dict[str, str]], wanted: tuple[str, str]) -> None:
    """Wait until a router sorts a request as wanted; fail when it does not in time."""
    deadline = time.monotonic() + SHARED_SECONDS
    while (found := await sorted_by(http, token, messages)) != wanted:
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.05)


async def test_a_change_holds_on_every_router_within_two_seconds_and_after_a_restart(
    tmp_path: Path, database: str
) -> None:
    async with ScriptedUpstream.running() as upstream:
        replicas = Replicas(tmp_path, database, upstream)
        async with (
            replicas.started("one", ROUTING_MODE="keywords") as one,
            replicas.started("other", ROUTING_MODE="keywords") as other,
        ):
            token = await make_agent(one)
            await soon(other, token, CODE, ("code", "scripted-1"))
            mapping = {"category": "code", "models": ["gpt-4.1"]}
            assert (await one.post("/config/model-mapping", json=mapping, headers=ADMIN)).status_code == 200
            assert await sorted_by(one, token, CODE) == ("code", "gpt-4.1")
            await soon(other, token, CODE, ("code", "gpt-4.1"))
            assert (await other.post("/config/category", json=INVOICES, headers=ADMIN)).status_code == 201
            await soon(one, token, BILL, ("invoices", "gpt-4o"))
            shown = [(await http.get("/config", headers=ADMIN)).json() for http in (one, other)]
        async with replicas.started("after", ROUTING_MODE="keywords") as after:
            assert await sorted_by(after, token, BILL) == ("invoices", "gpt-4o")
            assert shown == [(await after.get("/config", headers=ADMIN)).json()] * 2


async def test_of_changes_made_at_once_none_is_lost(tmp_path: Path, database: str) -> None:
    async with ScriptedUpstream.running() as upstream:
        replicas = Replicas(tmp_path, database, upstream)
        async with replicas.started("one") as one, replicas.started("other") as other:
            names = [f"invoices-{number}" for number in range(8)]
            answers = await asyncio.gather(
                *(
                    (one, other)[place % 2].post("/config/category", json={**INVOICES, "name": name}, headers=ADMIN)
                    for place, name in enumerate(names)
                )
            )
            kept = {name for name, answer in zip(names, answers, strict=True) if answer.status_code == 201}
            assert {answer.status_code for answer in answers} <= {201, 503}
            assert kept
            deadline = time.monotonic() + SHARED_SECONDS
            while (shown := await names_at(one)) != kept or await names_at(other) != kept:
                assert time.monotonic() < deadline, (shown, kept)
                await asyncio.sleep(0.05)


async def names_at(http: httpx.AsyncClient) -> set[str]:
    rules = (await http.get("/config/export", headers=ADMIN)).json()
    return {category["name"] for category in rules["categories"]}
