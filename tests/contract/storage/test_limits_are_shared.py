import asyncio

from vutler_router.fairuse.months import Month, Spent
from vutler_router.fairuse.state_json import decode_use, encode_use
from vutler_router.fairuse.state_store import VersionedState
from vutler_router.fairuse.use import AgentUse, Held
from vutler_router.fairuse.windows import Minute
from vutler_router.settings import Settings
from vutler_router.storage import Storage, open_storage

AVA, BOB = "team-a.ava", "team-a.bob"
WRITERS, ROUNDS = 4, 8


async def test_an_agent_that_never_asked_has_no_state(storage: Storage) -> None:
    assert await storage.limits.read(AVA) is None


async def test_the_first_state_is_kept_only_where_there_is_none(storage: Storage) -> None:
    first, second = await storage.limits.write(AVA, "one", None), await storage.limits.write(AVA, "two", None)

    assert (first, second) == (True, False)
    assert await storage.limits.read(AVA) == VersionedState(1, "one")


async def test_who_has_not_seen_the_newest_state_changes_nothing(storage: Storage) -> None:
    await storage.limits.write(AVA, "one", None)
    outcomes = [await storage.limits.write(AVA, text, version) for text, version in (("two", 1), ("late", 1))]

    assert outcomes == [True, False]
    assert await storage.limits.read(AVA) == VersionedState(2, "two")


async def test_agents_have_states_of_their_own(storage: Storage) -> None:
    await storage.limits.write(AVA, "ava's", None)
    await storage.limits.write(BOB, "bob's", None)
    await storage.limits.write(BOB, "bob's next", 1)

    assert await storage.limits.read(AVA) == VersionedState(1, "ava's")
    assert await storage.limits.read(BOB) == VersionedState(2, "bob's next")


async def test_of_many_writers_at_once_each_change_is_made_once(settings: Settings) -> None:
    processes = [await open_storage(settings) for _ in range(2)]

    async def add(writer: int) -> int:
        """Add a mark of one's own, again and again until it is in; return how often that took more than one try."""
        limits, conflicts = processes[writer % 2].limits, 0
        for number in range(ROUNDS):
            mark = f"{writer}.{number}"
            while True:
                kept = await limits.read(AVA)
                marks = [] if kept is None else kept.text.split()
                if mark in marks:
                    break
                written = await limits.write(AVA, " ".join([*marks, mark]), None if kept is None else kept.version)
                conflicts += not written
        return conflicts

    try:
        conflicts = await asyncio.gather(*map(add, range(WRITERS)))
        kept = await processes[0].limits.read(AVA)
    finally:
        for storage in processes:
            await storage.aclose()

    assert kept is not None
    assert sorted(kept.text.split()) == sorted(f"{w}.{n}" for w in range(WRITERS) for n in range(ROUNDS))
    assert kept.version == WRITERS * ROUNDS
    assert sum(conflicts) > 0


async def test_who_slept_through_many_versions_changes_nothing(storage: Storage) -> None:
    for version in (None, *range(1, 40)):
        await storage.limits.write(AVA, "awake", version)

    outcomes = [await storage.limits.write(AVA, "late", version) for version in (None, 1, 5, 38, 39)]

    assert outcomes == [False] * 5
    assert await storage.limits.read(AVA) == VersionedState(40, "awake")


async def test_a_state_comes_back_as_it_was_written(storage: Storage) -> None:
    use = AgentUse(
        Minute(tuple((1_795_000_000 + second, 10**6, 10**12) for second in range(61))),
        Month("2026-11", Spent(10**15, 10**15, 10**15), 1_795_000_000),
        {f"process-{number}": Held(10**4, 10**9, 10**12, 1_795_000_060, 10**9) for number in range(50)},
    )
    await storage.limits.write(AVA, encode_use(use), None)

    kept = await storage.limits.read(AVA)

    assert kept is not None
    assert decode_use(kept.text) == use
