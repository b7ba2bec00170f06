from typing import Any

import httpx
import pytest

from tests.support.running_router import RunningRouter
from tests.support.workspace import as_agent, messages_of

CHANNELS = "/api/v1/channels"
GENERAL = f"{CHANNELS}/team-a.general"


async def make(router: RunningRouter, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
    body = {"name": "general", "workspace_id": "team-a", **body}
    return await router.http.post(CHANNELS, json=body, headers=headers or router.admin)


async def say(router: RunningRouter, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
    return await router.http.post(
        f"{GENERAL}/messages", json={"text": "Hello", **body}, headers=headers or router.admin
    )


async def test_people_and_agents_write_under_their_own_names(router: RunningRouter) -> None:
    ava = as_agent(await router.agent())
    made = await make(router, ava, workspace_id=None)

    await say(router, author="Anna")
    await say(router, ava, text="  Hello Anna \n")
    await say(router)
    found = await messages_of(router.http, ava, "team-a.general")

    assert (made.status_code, made.json()["id"], made.json()["created_by"]) == (201, "team-a.general", "team-a.ava")
    assert [(message["id"], message["author"], message["author_kind"], message["text"]) for message in found] == [
        (1, "Anna", "person", "Hello"),
        (2, "team-a.ava", "agent", "Hello Anna"),
        (3, "admin", "person", "Hello"),
    ]


async def test_messages_are_read_page_by_page(router: RunningRouter) -> None:
    await make(router)
    for number in range(1, 6):
        await say(router, text=str(number))

    async def page(**query: int) -> tuple[list[str], str | None]:
        answer = await router.http.get(f"{GENERAL}/messages", params={"limit": 2, **query}, headers=router.admin)
        return [message["text"] for message in answer.json()["messages"]], answer.json()["next_cursor"]

    assert await page() == (["4", "5"], "4")
    assert await page(before=4) == (["2", "3"], "2")
    assert await page(before=2) == (["1"], None)
    assert await page(after=0) == (["1", "2"], "2")
    assert await page(after=2) == (["3", "4"], "4")
    assert await page(after=4) == (["5"], None)
    assert await page(after=5) == ([], None)


async def test_channels_are_listed_for_those_who_may_see_them(router: RunningRouter) -> None:
    ava = as_agent(await router.agent())
    for name, workspace in (("b", "team-a"), ("a", "team-a"), ("a", "team-b")):
        await make(router, name=name, workspace_id=workspace)

    async def listed(headers: dict[str, str], **query: Any) -> list[str]:
        answer = await router.http.get(CHANNELS, params=query, headers=headers)
        return [channel["id"] for channel in answer.json()["channels"]]

    assert await listed(ava) == ["team-a.a", "team-a.b"]
    assert await listed(ava, workspace_id="team-b") == ["team-a.a", "team-a.b"]
    assert await listed(router.admin) == ["team-a.a", "team-a.b", "team-b.a"]
    assert await listed(router.admin, workspace_id="team-b") == ["team-b.a"]
    assert await listed(router.admin, limit=1, cursor="team-a.a") == ["team-a.b"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", ""),
        ("GET", "/messages"),
        ("POST", "/messages"),
        ("GET", "/events"),
    ],
)
async def test_a_channel_of_another_workspace_is_not_there(router: RunningRouter, method: str, path: str) -> None:
    zoe = as_agent(await router.agent("team-b.zoe"))
    await make(router)

    theirs = await router.http.request(method, GENERAL + path, json={"text": "Hi"}, headers=zoe)
    nobodys = await router.http.request(method, f"{CHANNELS}/team-b.nowhere{path}", json={"text": "Hi"}, headers=zoe)

    assert (theirs.status_code, theirs.json()) == (404, nobodys.json())
    assert (await make(router, zoe, name="mine")).status_code == 404


async def test_an_agent_without_the_tool_takes_no_part(router: RunningRouter) -> None:
    ava = as_agent(await router.agent())
    await make(router)
    await router.http.put("/api/v1/agents/team-a.ava", json={"tools": ["drive"]}, headers=router.admin)

    answers = [
        await router.http.get(CHANNELS, headers=ava),
        await make(router, ava, name="mine"),
        await say(router, ava),
        await router.http.get(f"{GENERAL}/messages", headers=ava),
        await router.http.get(f"{GENERAL}/events", headers=ava),
        await router.http.delete(GENERAL, headers=ava),
    ]

    assert {(answer.status_code, answer.json()["error"]["code"]) for answer in answers} == {(403, "tool_not_granted")}


@pytest.mark.parametrize("name", ["", "General", "-x", "a b", "a.b", "../x", "é", "a" * 64, "a\x00"])
async def test_a_name_that_is_none_is_refused(router: RunningRouter, name: str) -> None:
    answer = await make(router, name=name)

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "name")


async def test_a_name_is_taken_once_and_free_again_after_the_channel_was_deleted(router: RunningRouter) -> None:
    await make(router)
    await say(router)
    again = await make(router)

    deleted = await router.http.delete(GENERAL, headers=router.admin)
    anew = await make(router)

    assert (again.status_code, again.json()["error"]["code"]) == (409, "channel_exists")
    assert (deleted.status_code, anew.status_code) == (204, 201)
    assert await messages_of(router.http, router.admin, "team-a.general") == []


@pytest.mark.parametrize("text", ["", "  \n ", "a\x00b", "a\x1bb"])
async def test_a_text_that_is_none_is_refused(router: RunningRouter, text: str) -> None:
    await make(router)

    answer = await say(router, text=text)

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "text")


async def test_a_message_may_have_16_kilobytes_and_no_byte_more(router: RunningRouter) -> None:
    await make(router)

    largest = await say(router, text="é" * 8192)
    larger = await say(router, text="é" * 8192 + "x")

    assert (largest.status_code, larger.status_code) == (201, 413)
    (kept,) = await messages_of(router.http, router.admin, "team-a.general")
    assert kept["text"] == "é" * 8192


@pytest.mark.parametrize("author", ["", "   ", "a\nb", "x" * 65])
async def test_an_author_that_is_none_is_refused(router: RunningRouter, author: str) -> None:
    await make(router)

    answer = await say(router, author=author)

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "author")


async def test_an_agent_cannot_speak_as_somebody_else(router: RunningRouter) -> None:
    ava = as_agent(await router.agent())
    await make(router)

    answer = await say(router, ava, author="Anna")

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "author")
