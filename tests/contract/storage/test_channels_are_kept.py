import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.router_values import NOON
from vutler_router.domain.channel import Author, AuthorKind, Channel, Draft, Hook, HookFormat, HookKind, Message, Wake
from vutler_router.domain.sealed import Sealed
from vutler_router.errors import Conflict
from vutler_router.settings import Settings
from vutler_router.storage import Storage, open_storage

MINUTE = timedelta(minutes=1)
ANNA = Author(AuthorKind.PERSON, "Anna")
AVA, BOB = "team-a.ava", "team-a.bob"
GENERAL = Channel("team-a", "general", "k1", "admin", NOON)
HELLO = Draft(ANNA, "Hello 👋", NOON)
IN = Hook("hook_1", "k1", GENERAL.id, HookKind.INCOMING, "ci", NOON, token_sha256="a" * 64, verify_sha256="b" * 64)
OUT = Hook(
    "hook_2",
    "k1",
    GENERAL.id,
    HookKind.OUTGOING,
    "slack",
    NOON + MINUTE,
    format=HookFormat.ROCKETCHAT,
    url=Sealed("v1.x.y"),
    host="chat.example",
    secret=Sealed("v1.x.z"),
    target="#ops",
    delivered=3,
)


async def test_a_channel_comes_back_as_it_was_made(storage: Storage) -> None:
    await storage.channels.add(GENERAL)

    assert await storage.channels.find("team-a.general") == GENERAL
    assert await storage.channels.by_key("k1") == GENERAL
    assert await storage.channels.find("team-b.general") is None


async def test_a_name_is_taken_once_in_a_workspace(storage: Storage) -> None:
    await storage.channels.add(GENERAL)
    await storage.channels.add(replace(GENERAL, workspace_id="team-b", key="k2"))

    with pytest.raises(Conflict) as refused:
        await storage.channels.add(replace(GENERAL, key="k3"))

    assert refused.value.code == "channel_exists"
    assert await storage.channels.count("team-a") == 1


async def test_channels_are_listed_page_by_page(storage: Storage) -> None:
    for number, name in enumerate(["c", "a", "b"]):
        await storage.channels.add(replace(GENERAL, name=name, key=f"k{number}"))
    await storage.channels.add(replace(GENERAL, workspace_id="team-b", key="other"))

    first = await storage.channels.page(workspace_id="team-a", limit=2, cursor=None)
    second = await storage.channels.page(workspace_id="team-a", limit=2, cursor=first.next_cursor)
    everything = await storage.channels.page(workspace_id=None, limit=9, cursor=None)

    assert [channel.name for channel in first.channels] == ["a", "b"]
    assert ([channel.name for channel in second.channels], second.next_cursor) == (["c"], None)
    assert len(everything.channels) == 4


async def test_messages_are_numbered_in_each_channel_by_itself(storage: Storage) -> None:
    first = await storage.channels.post("k1", HELLO)
    second = await storage.channels.post("k1", replace(HELLO, depth=2, answers=1))
    other = await storage.channels.post("k2", HELLO)

    assert first == Message(1, ANNA, "Hello 👋", NOON)
    assert second == Message(2, ANNA, "Hello 👋", NOON, depth=2, answers=1)
    assert other.number == 1
    assert await storage.channels.messages("k1", limit=9) == [first, second]
    assert (await storage.channels.newest("k1"), await storage.channels.newest("nowhere")) == (2, 0)


async def test_messages_are_read_forwards_and_backwards(storage: Storage) -> None:
    for number in range(1, 6):
        await storage.channels.post("k1", replace(HELLO, text=str(number)))

    def texts(found: object) -> list[str]:
        assert isinstance(found, list)
        return [message.text for message in found]

    assert texts(await storage.channels.messages("k1", limit=2)) == ["4", "5"]
    assert texts(await storage.channels.messages("k1", limit=2, before=4)) == ["2", "3"]
    assert texts(await storage.channels.messages("k1", limit=2, after=0)) == ["1", "2"]
    assert texts(await storage.channels.messages("k1", limit=2, after=5)) == []


async def test_numbers_have_no_gaps_whoever_writes_at_once(settings: Settings) -> None:
    ours, theirs = await open_storage(settings), await open_storage(settings)
    try:
        posts = [store.channels.post("k1", HELLO) for _ in range(6) for store in (ours, theirs)]
        posted = await asyncio.gather(*posts)
    finally:
        await ours.aclose()
        await theirs.aclose()

    assert sorted(message.number for message in posted) == list(range(1, 13))


async def test_agents_that_are_mentioned_wait_until_they_have_answered(storage: Storage) -> None:
    first = await storage.channels.post("k1", replace(HELLO, wakes=(AVA, BOB)))
    second = await storage.channels.post("k2", replace(HELLO, created_at=NOON + MINUTE, wakes=(AVA,)))
    waiting = await storage.channels.waiting(9)

    await storage.channels.settle(Wake("k1", AVA, first))
    later = await storage.channels.waiting(9)
    await storage.channels.settle(Wake("k1", BOB, first))

    assert sorted(waiting, key=lambda wake: wake.id) == [
        Wake("k1", AVA, first),
        Wake("k1", BOB, first),
        Wake("k2", AVA, second),
    ]
    assert waiting[-1] == Wake("k2", AVA, second)
    assert later == [Wake("k1", BOB, first), Wake("k2", AVA, second)]
    assert await storage.channels.waiting(9) == [Wake("k2", AVA, second)]
    assert len(await storage.channels.waiting(1)) == 1


async def test_what_was_answered_already_is_found(storage: Storage) -> None:
    asked = await storage.channels.post("k1", replace(HELLO, wakes=(AVA, BOB)))
    answer = replace(HELLO, author=Author(AuthorKind.AGENT, AVA), depth=1, answers=asked.number)

    posted = await storage.channels.post("k1", answer)

    assert await storage.channels.answer_to(Wake("k1", AVA, asked)) == posted
    assert await storage.channels.answer_to(Wake("k1", BOB, asked)) is None


async def test_what_last_woke_an_agent_is_found_whether_it_answered_or_not(storage: Storage) -> None:
    await storage.channels.post("k1", replace(HELLO, wakes=(AVA,)))
    newer = await storage.channels.post("k2", replace(HELLO, created_at=NOON + MINUTE, wakes=(BOB, AVA), depth=2))
    await storage.channels.settle(Wake("k2", AVA, newer))

    assert await storage.channels.last_wake(AVA, since=NOON) == newer
    assert await storage.channels.last_wake(AVA, since=NOON + 2 * MINUTE) is None
    assert await storage.channels.last_wake("team-a.zoe", since=NOON) is None


async def test_webhooks_come_back_as_they_were_made(storage: Storage) -> None:
    await storage.channels.add_hook(OUT)
    await storage.channels.add_hook(IN)

    assert await storage.channels.hooks("k1") == [IN, OUT]
    assert await storage.channels.outgoing() == [OUT]
    assert await storage.channels.hook_by_token("a" * 64) == IN
    assert await storage.channels.hook_by_token("c" * 64) is None


async def test_a_webhook_remembers_how_far_it_has_come_and_never_goes_back(storage: Storage) -> None:
    await storage.channels.add_hook(OUT)

    await storage.channels.mark_delivered(OUT, 7)
    await storage.channels.mark_delivered(OUT, 5)

    assert await storage.channels.outgoing() == [replace(OUT, delivered=7)]


async def test_a_webhooks_secrets_are_kept_as_they_are_sealed_anew(storage: Storage) -> None:
    await storage.channels.add_hook(OUT)
    anew = replace(OUT, url=Sealed("v1.new.y"), secret=None)

    await storage.channels.reseal_hook(replace(anew, delivered=0))
    await storage.channels.reseal_hook(replace(anew, id="hook_gone"))

    assert await storage.channels.outgoing() == [anew]


async def test_a_webhook_is_removed_from_its_own_channel_only(storage: Storage) -> None:
    await storage.channels.add_hook(OUT)

    assert not await storage.channels.remove_hook("k2", OUT.id)
    assert await storage.channels.remove_hook("k1", OUT.id)
    assert await storage.channels.outgoing() == []


async def test_a_channel_is_deleted_with_everything_in_it(storage: Storage) -> None:
    await storage.channels.add(GENERAL)
    await storage.channels.add_hook(IN)
    await storage.channels.post("k1", replace(HELLO, wakes=(AVA,)))

    await storage.channels.remove(GENERAL)
    await storage.channels.remove(GENERAL)

    assert await storage.channels.find(GENERAL.id) is None
    assert (await storage.channels.messages("k1", limit=9), await storage.channels.hooks("k1")) == ([], [])
    assert await storage.channels.waiting(9) == []
