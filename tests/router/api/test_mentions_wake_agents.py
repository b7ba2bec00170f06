from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.running_router import RunningRouter, running_router
from tests.support.scripted_upstream import Hold, Pause, Reply, ScriptedUpstream, answer, failure
from tests.support.workspace import as_agent, eventually, give_pod, messages_of
from vutler_router.domain.channel import Author, AuthorKind, Channel, Draft, Wake
from vutler_router.storage.sqlite import open_sqlite

CHANNEL = "team-a.general"
SOON = timedelta(milliseconds=50)
LEASE = timedelta(seconds=1.5)
PATH = f"/api/v1/channels/{CHANNEL}/messages"


@dataclass
class Team:
    """A router, the agents ava and bob of team-a with a pod each, and the channel general."""

    router: RunningRouter
    tokens: dict[str, str]
    pods: dict[str, ScriptedUpstream]

    async def say(self, text: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
        answered = await self.router.http.post(PATH, json={"text": text}, headers=headers or self.router.admin)
        assert answered.status_code == 201, answered.text
        said: dict[str, Any] = answered.json()
        return said

    async def heard(self, count: int) -> list[tuple[str, str, str]]:
        found = await messages_of(self.router.http, self.router.admin, CHANNEL, count)
        return [(message["author"], message["author_kind"], message["text"]) for message in found]

    async def settled(self) -> None:
        """Wait until no mention waits any more."""
        store = self.router.process.chat.feed._store

        async def look() -> bool:
            return not await store.waiting(9)

        await eventually(look)

    def asked(self, name: str) -> list[dict[str, Any]]:
        return [request.json for request in self.pods[name].received]


@pytest.fixture
async def team(router: RunningRouter) -> AsyncIterator[Team]:
    tokens = {name: await router.agent(f"team-a.{name}") for name in ("ava", "bob")}
    async with ScriptedUpstream.running(answer("I am Ava")) as ava, ScriptedUpstream.running(answer("I am Bob")) as bob:
        pods = {"ava": ava, "bob": bob}
        for name, pod in pods.items():
            await give_pod(router.http, router.admin, f"team-a.{name}", pod)
        body = {"name": "general", "workspace_id": "team-a"}
        await router.http.post("/api/v1/channels", json=body, headers=router.admin)
        yield Team(router, tokens, pods)


async def test_an_agent_that_is_mentioned_answers_in_the_channel(team: Team) -> None:
    said = await team.say("@ava, who are you?")
    found = await messages_of(team.router.http, team.router.admin, CHANNEL, 2)
    await team.settled()

    (asked,) = team.asked("ava")
    assert (found[1]["author"], found[1]["author_kind"], found[1]["text"]) == ("team-a.ava", "agent", "I am Ava")
    assert found[1]["answers"] == said["id"]
    assert "@ava, who are you?" in asked["messages"][0]["content"]
    assert "#general of the workspace team-a by admin (a person)" in asked["messages"][0]["content"]
    assert asked["user"].startswith("channel-")
    assert team.pods["ava"].received[0].headers["authorization"] == "Bearer gateway-token-of-team-a.ava"
    assert team.asked("bob") == []


async def test_the_conversation_of_a_channel_is_one_session(team: Team) -> None:
    await team.say("@ava one")
    await team.say("@ava two")
    await team.heard(4)

    assert len({asked["user"] for asked in team.asked("ava")}) == 1


async def test_several_agents_are_woken_and_none_twice_by_one_message(team: Team) -> None:
    await team.say("@ava @bob and @AVA again; not ava@bob.example, @avax or @nobody")
    heard = await team.heard(3)
    await team.settled()

    assert {author for author, _, _ in heard[1:]} == {"team-a.ava", "team-a.bob"}
    assert (len(team.asked("ava")), len(team.asked("bob"))) == (1, 1)


async def test_one_message_wakes_three_agents_at_most(team: Team) -> None:
    for name in ("cat", "dan"):
        await team.router.agent(f"team-a.{name}")

    await team.say("@cat @bob @ava @dan")
    await team.heard(4)
    await team.settled()

    heard = await team.heard(4)
    assert {author if author != "vutler" else text.split()[3] for author, _, text in heard[1:]} == {
        "team-a.ava",
        "team-a.bob",
        "team-a.cat:",
    }


async def test_an_agents_own_mention_of_itself_wakes_nobody(team: Team) -> None:
    await team.say("I, @ava, am here", as_agent(team.tokens["ava"]))
    await team.say("@bob is there")
    await team.heard(3)
    await team.settled()

    assert team.asked("ava") == []


async def test_agents_that_mention_each_other_fall_silent(team: Team) -> None:
    team.pods["ava"].play(answer("@bob what do you say?"))
    team.pods["bob"].play(answer("@ava what do you say?"))

    await team.say("@ava begin")
    await team.heard(4)
    await team.settled()

    heard = await team.heard(4)
    assert [author for author, _, _ in heard] == ["admin", "team-a.ava", "team-a.bob", "team-a.ava"]


async def test_an_answer_that_an_agent_posts_with_its_tool_lies_as_deep(team: Team) -> None:
    team.pods["ava"].play(answer("NO_REPLY"))
    team.pods["bob"].play(answer("NO_REPLY"))

    for speaker, other in (("ava", "bob"), ("bob", "ava"), ("ava", "bob")):
        await team.say(f"@{other} you", as_agent(team.tokens[speaker]))
        await team.settled()

    assert [len(team.asked(name)) for name in ("ava", "bob")] == [1, 1]


async def test_an_agent_of_another_workspace_or_without_the_tool_is_not_woken(team: Team) -> None:
    await team.router.agent("team-b.zoe")
    await team.router.http.put("/api/v1/agents/team-a.bob", json={"tools": []}, headers=team.router.admin)

    await team.say("@zoe @bob @ava")
    await team.heard(2)
    await team.settled()

    assert [author for author, _, _ in await team.heard(2)] == ["admin", "team-a.ava"]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (failure(400, "broken"), "No answer from team-a.ava: "),
        (answer(""), "No answer from team-a.ava: the agent answered without words."),
    ],
)
async def test_where_there_is_no_answer_a_notice_says_so(team: Team, reply: Reply, words: str) -> None:
    team.pods["ava"].play(reply)
    await team.say("@ava hello")
    found = await messages_of(team.router.http, team.router.admin, CHANNEL, 2)

    assert (found[1]["author"], found[1]["author_kind"], found[1]["about"]) == ("vutler", "notice", "team-a.ava")
    assert found[1]["text"].startswith(words)


async def test_a_stopped_agent_is_told_of_at_once(team: Team) -> None:
    await team.router.http.put("/api/v1/agents/team-a.ava", json={"running": False}, headers=team.router.admin)

    await team.say("@ava hello")

    (_, notice) = await team.heard(2)
    assert notice == ("vutler", "notice", "No answer from team-a.ava: Agent team-a.ava is stopped; start it first.")


async def test_an_agent_that_cannot_be_reached_for_a_moment_is_asked_again(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vutler_router.services.claimed_work.Pace.pause", lambda _pace, _attempt: SOON)
    team.pods["ava"].play(failure(503), failure(503), answer("Here I am"))

    await team.say("@ava hello")

    assert await team.heard(2) == [("admin", "person", "@ava hello"), ("team-a.ava", "agent", "Here I am")]


async def test_a_mention_outlives_the_router_that_took_it_on(tmp_path: Path, upstream: ScriptedUpstream) -> None:
    async with ScriptedUpstream.running(Reply(before=(Hold(),)), answer("After the restart")) as pod:
        async with running_router(tmp_path, upstream) as router:
            await router.agent()
            await give_pod(router.http, router.admin, "team-a.ava", pod)
            body = {"name": "general", "workspace_id": "team-a"}
            await router.http.post("/api/v1/channels", json=body, headers=router.admin)
            await router.http.post(PATH, json={"text": "@ava hello"}, headers=router.admin)

            async def asked() -> bool:
                return bool(pod.received)

            await eventually(asked)
        async with running_router(tmp_path, upstream) as router:
            found = await messages_of(router.http, router.admin, CHANNEL, 2)

    assert [message["text"] for message in found] == ["@ava hello", "After the restart"]


async def test_a_mention_outlives_a_router_that_was_killed(tmp_path: Path, upstream: ScriptedUpstream) -> None:
    async with ScriptedUpstream.running(answer("From the other router")) as pod:
        async with running_router(tmp_path, upstream) as router:
            await router.agent()
            await give_pod(router.http, router.admin, "team-a.ava", pod)
        now = datetime.now(UTC)
        asked = Draft(Author(AuthorKind.PERSON, "Anna"), "@ava hello", now, wakes=("team-a.ava",))
        storage = await open_sqlite(tmp_path / "vutler.db")
        await storage.channels.add(Channel("team-a", "general", "k1", "admin", now))
        wake = Wake("k1", "team-a.ava", await storage.channels.post("k1", asked))
        await storage.claims.take(wake.id, now=now, until=now + LEASE)
        await storage.aclose()
        async with running_router(tmp_path, upstream) as router:
            found = await messages_of(router.http, router.admin, CHANNEL, 2)

    assert found[1]["text"] == "From the other router"
    assert datetime.now(UTC) >= now + LEASE


async def test_an_answer_that_was_posted_before_the_end_is_not_posted_again(
    tmp_path: Path, upstream: ScriptedUpstream
) -> None:
    async with ScriptedUpstream.running(answer("again")) as pod:
        now = datetime.now(UTC)
        ava, anna = Author(AuthorKind.AGENT, "team-a.ava"), Author(AuthorKind.PERSON, "Anna")
        storage = await open_sqlite(tmp_path / "vutler.db")
        await storage.channels.add(Channel("team-a", "general", "k1", "admin", now))
        await storage.channels.post("k1", Draft(anna, "@ava hello", now, wakes=("team-a.ava",)))
        await storage.channels.post("k1", Draft(ava, "Hello", now, 1, answers=1))
        await storage.aclose()
        async with running_router(tmp_path, upstream) as router:
            store = router.process.chat.feed._store

            async def settled() -> bool:
                return not await store.waiting(1)

            await eventually(settled)
            found = await messages_of(router.http, router.admin, CHANNEL)

    assert [message["text"] for message in found] == ["@ava hello", "Hello"]
    assert pod.received == []


async def test_a_slow_agent_holds_nobody_up(team: Team) -> None:
    team.pods["ava"].play(Reply(before=(Pause(3),), pieces=answer("late").pieces))

    await team.say("@ava first")
    await team.say("@bob second")
    heard = await team.heard(3)

    assert heard[2] == ("team-a.bob", "agent", "I am Bob")
