from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from tests.support.router_values import NOON
from vutler_router.domain.caller import UserCaller
from vutler_router.domain.session import InMemorySessionStore, Session, SessionStore
from vutler_router.settings import Settings
from vutler_router.storage import Storage, open_storage

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ANA = UserCaller("ana", "u-1", ("team-a", "system:authenticated"), {"example.com/scopes": ("read", "write")})
OF_ANA = Session("a" * 64, "user:ana", NOON, NOON, NOON + 12 * HOUR, user=ANA)
OF_ADMIN = Session("b" * 64, "admin", NOON, NOON, NOON + 12 * HOUR, proof="c" * 64)


def another(number: int) -> Session:
    return replace(OF_ANA, id_sha256=f"{number:064}", created_at=NOON + number * MINUTE, seen_at=NOON + number * MINUTE)


@asynccontextmanager
async def two_processes(settings: Settings) -> AsyncIterator[tuple[SessionStore, SessionStore]]:
    ours, theirs = await open_storage(settings), await open_storage(settings)
    try:
        yield ours.sessions, theirs.sessions
    finally:
        await ours.aclose()
        await theirs.aclose()


async def test_sessions_come_back_as_they_were_added(storage: Storage) -> None:
    for session in (OF_ANA, OF_ADMIN):
        await storage.sessions.add(session, most=3)

    assert await storage.sessions.find(OF_ANA.id_sha256) == OF_ANA
    assert await storage.sessions.find(OF_ADMIN.id_sha256) == OF_ADMIN
    assert await storage.sessions.find("d" * 64) is None


async def test_what_one_process_adds_sees_and_removes_the_other_knows_at_once(settings: Settings) -> None:
    async with two_processes(settings) as (ours, theirs):
        await ours.add(OF_ANA, most=3)
        found = [await theirs.find(OF_ANA.id_sha256)]
        await theirs.touch(OF_ANA.id_sha256, NOON + MINUTE)
        found.append(await ours.find(OF_ANA.id_sha256))
        await theirs.remove(OF_ANA.id_sha256)
        found.append(await ours.find(OF_ANA.id_sha256))

    assert found == [OF_ANA, replace(OF_ANA, seen_at=NOON + MINUTE), None]


async def test_being_seen_never_goes_back_and_brings_nothing_back(storage: Storage) -> None:
    await storage.sessions.add(OF_ANA, most=3)

    await storage.sessions.touch(OF_ANA.id_sha256, NOON + MINUTE)
    await storage.sessions.touch(OF_ANA.id_sha256, NOON)
    await storage.sessions.touch(OF_ADMIN.id_sha256, NOON + MINUTE)

    assert await storage.sessions.find(OF_ANA.id_sha256) == replace(OF_ANA, seen_at=NOON + MINUTE)
    assert await storage.sessions.find(OF_ADMIN.id_sha256) is None


async def test_the_oldest_of_an_owner_give_way_and_those_of_others_stay(storage: Storage) -> None:
    await storage.sessions.add(OF_ADMIN, most=3)
    for number in (4, 1, 3, 2, 5):
        await storage.sessions.add(another(number), most=3)

    left = [number for number in range(1, 6) if await storage.sessions.find(another(number).id_sha256) is not None]
    assert left == [3, 4, 5]
    assert await storage.sessions.find(OF_ADMIN.id_sha256) == OF_ADMIN


async def test_what_ended_or_idles_is_removed_and_nothing_else(storage: Storage) -> None:
    idle, ended, fresh = another(1), replace(another(2), expires_at=NOON + 30 * MINUTE), another(40)
    for session in (idle, ended, fresh):
        await storage.sessions.add(session, most=10)

    await storage.sessions.remove_expired(NOON + 30 * MINUTE, idle_since=NOON + MINUTE)

    found = [await storage.sessions.find(session.id_sha256) for session in (idle, ended, fresh)]
    assert found == [None, None, fresh]


async def test_sessions_survive_closing_and_opening(settings: Settings) -> None:
    first = await open_storage(settings)
    await first.sessions.add(OF_ANA, most=3)
    await first.aclose()

    second = await open_storage(settings)
    try:
        assert await second.sessions.find(OF_ANA.id_sha256) == OF_ANA
    finally:
        await second.aclose()


async def test_the_version_in_memory_does_the_same(storage: Storage) -> None:
    seen: list[list[Session | None]] = []
    for store in (storage.sessions, InMemorySessionStore()):
        for number in (2, 1, 3):
            await store.add(another(number), most=2)
        await store.touch(another(3).id_sha256, NOON + HOUR)
        await store.remove_expired(NOON, idle_since=NOON + 2 * MINUTE)
        seen.append([await store.find(another(number).id_sha256) for number in (1, 2, 3)])

    assert seen[0] == seen[1]
    assert seen[0][2] == replace(another(3), seen_at=NOON + HOUR)
