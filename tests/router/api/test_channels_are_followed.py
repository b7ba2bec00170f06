import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.router_values import NOON
from tests.support.running_router import RunningRouter, running_router
from tests.support.scripted_upstream import ScriptedUpstream
from vutler_router.domain.channel import Author, AuthorKind, Draft
from vutler_router.domain.scope import Scope

EVENTS = "/api/v1/channels/team-a.general/events"


@pytest.fixture
async def channel(router: RunningRouter) -> str:
    body = {"name": "general", "workspace_id": "team-a"}
    await router.http.post("/api/v1/channels", json=body, headers=router.admin)
    return "team-a.general"


async def say(router: RunningRouter, text: str) -> None:
    answer = await router.http.post(
        "/api/v1/channels/team-a.general/messages", json={"text": text}, headers=router.admin
    )
    assert answer.status_code == 201, answer.text


async def events(response: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    """Return the messages among the events; each says its number twice."""
    number = ""
    async for line in response.aiter_lines():
        if line.startswith("id: "):
            number = line.removeprefix("id: ")
        if line.startswith("data: "):
            message = json.loads(line.removeprefix("data: "))
            assert str(message["id"]) == number
            yield message


async def first(count: int, response: httpx.Response) -> list[str]:
    texts: list[str] = []
    async with asyncio.timeout(5):
        async for message in events(response):
            texts.append(message["text"])
            if len(texts) == count:
                return texts
    return texts


@pytest.mark.usefixtures("channel")
async def test_messages_come_as_they_are_posted(router: RunningRouter) -> None:
    await say(router, "before")
    async with router.http.stream("GET", EVENTS, headers=router.admin) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        posting = asyncio.gather(say(router, "one"), say(router, "two"))
        texts = await first(2, response)
        await posting

    assert sorted(texts) == ["one", "two"]


@pytest.mark.usefixtures("channel")
async def test_a_follower_goes_on_behind_what_it_has_seen(router: RunningRouter) -> None:
    for text in ("one", "two", "three"):
        await say(router, text)

    async with router.http.stream("GET", EVENTS, headers={**router.admin, "last-event-id": "1"}) as response:
        again = await first(2, response)
    async with router.http.stream("GET", f"{EVENTS}?after=0", headers=router.admin) as response:
        everything = await first(3, response)

    assert (again, everything) == (["two", "three"], ["one", "two", "three"])


async def test_what_another_process_posts_comes_too(router: RunningRouter, channel: str) -> None:
    found = await router.process.chat.service.find(Scope(), channel)
    async with router.http.stream("GET", EVENTS, headers=router.admin) as response:
        await router.process.chat.feed._store.post(
            found.key, Draft(Author(AuthorKind.PERSON, "Anna"), "from elsewhere", NOON)
        )
        texts = await first(1, response)

    assert texts == ["from elsewhere"]


@pytest.mark.parametrize("seen", ["x", "-1", "1" * 16, "1.5", "²"])
@pytest.mark.usefixtures("channel")
async def test_a_last_event_that_is_none_is_refused(router: RunningRouter, seen: str) -> None:
    answer = await router.http.get(EVENTS, headers=httpx.Headers({**router.admin, "last-event-id": seen}, "utf-8"))

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "Last-Event-ID")


async def test_a_quiet_channel_gives_signs_of_life_and_ends_when_it_is_deleted(
    tmp_path: Path, upstream: ScriptedUpstream
) -> None:
    async with running_router(tmp_path, upstream, keep_alive=0.2) as router:
        body = {"name": "general", "workspace_id": "team-a"}
        await router.http.post("/api/v1/channels", json=body, headers=router.admin)
        async with asyncio.timeout(10), router.http.stream("GET", EVENTS, headers=router.admin) as response:
            lines = response.aiter_lines()
            while await anext(lines) != ": alive":
                pass
            await router.http.delete("/api/v1/channels/team-a.general", headers=router.admin)
            rest = [line async for line in lines]

    assert [line for line in rest if line.startswith("data")] == []


@pytest.mark.usefixtures("channel")
async def test_a_follower_comes_to_its_end_when_the_router_does(router: RunningRouter) -> None:
    async with asyncio.timeout(5), router.http.stream("GET", EVENTS, headers=router.admin) as response:
        router.process.readiness.drain()
        rest = [line async for line in response.aiter_lines()]

    assert rest[:1] == [": following"]
