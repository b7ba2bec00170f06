import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.router_values import NOON
from vutler_router.domain.drive import DriveFile, DriveQuota
from vutler_router.domain.drive_store import DriveIndex, InMemoryDriveIndex
from vutler_router.errors import Conflict, TooLarge
from vutler_router.settings import Settings
from vutler_router.storage import Storage, open_storage

FREE = DriveQuota()
AVA, BOB = "team-a.ava", "team-a.bob"


def made(number: int, path: str = "", *, size: int = 10, agent_id: str | None = AVA, team: str = "team-a") -> DriveFile:
    folder, _, name = (path or f"/agents/ava/{number:03}.txt").rpartition("/")
    return DriveFile(
        id=f"file_{number:032x}",
        workspace_id=team,
        agent_id=agent_id,
        folder=f"{folder}/",
        name=name,
        size=size,
        sha256=f"{number:064x}",
        content_type="text/plain",
        created_at=NOON + timedelta(milliseconds=number),
    )


async def add(index: DriveIndex, *files: DriveFile) -> None:
    for file in files:
        await index.add(file, overwrite=False, quota=FREE)


@asynccontextmanager
async def two_processes(settings: Settings) -> AsyncIterator[tuple[DriveIndex, DriveIndex]]:
    ours, theirs = await open_storage(settings), await open_storage(settings)
    try:
        yield ours.drive, theirs.drive
    finally:
        await ours.aclose()
        await theirs.aclose()


async def test_a_file_comes_back_as_it_was_added(storage: Storage) -> None:
    file = made(1, "/shared/Été/😀 report (v2).txt", size=5_000_000_000)
    admins = made(2, agent_id=None)
    await add(storage.drive, file, admins)

    assert await storage.drive.get(file.id) == file
    assert await storage.drive.find("team-a", file.folder, file.name) == file
    assert await storage.drive.get(admins.id) == admins
    assert await storage.drive.get("file_unknown") is None
    assert await storage.drive.find("team-b", file.folder, file.name) is None


async def test_a_place_that_is_taken_is_refused_and_keeps_its_file(storage: Storage) -> None:
    first = made(1, "/shared/x")
    await add(storage.drive, first)

    with pytest.raises(Conflict, match="overwrite=true"):
        await storage.drive.add(made(2, "/shared/x"), overwrite=False, quota=FREE)

    assert await storage.drive.find("team-a", "/shared/", "x") == first
    await add(storage.drive, made(3, "/shared/x", team="team-b"), made(4, "/shared/X"))


async def test_what_replaces_a_file_has_its_place_and_an_id_of_its_own(storage: Storage) -> None:
    first, second = made(1, "/shared/x"), made(2, "/shared/x", size=7, agent_id=BOB)
    assert await storage.drive.add(first, overwrite=True, quota=FREE) is None

    replaced = await storage.drive.add(second, overwrite=True, quota=FREE)

    assert replaced == first
    assert await storage.drive.get(first.id) is None
    assert await storage.drive.files("team-a", "/shared/", after="", limit=9) == [second]
    assert await storage.drive.used("team-a") == 7


async def test_a_removed_file_is_returned_once(storage: Storage) -> None:
    file = made(1)
    await add(storage.drive, file)

    assert [await storage.drive.remove(file.id), await storage.drive.remove(file.id)] == [file, None]
    assert await storage.drive.get(file.id) is None


async def test_files_are_listed_by_name_a_page_at_a_time(storage: Storage) -> None:
    names = ["a", "B", "b", "é", "z", "😀", "a.txt", "a b"]
    files = [made(number, f"/shared/{name}") for number, name in enumerate(names)]
    await add(storage.drive, *files, made(90, "/shared/deep/a"), made(91, "/agents/ava/a"))
    await add(storage.drive, made(92, "/shared/a", team="team-b"))

    pages, after = [], ""
    while page := await storage.drive.files("team-a", "/shared/", after=after, limit=3):
        pages.append([file.name for file in page])
        after = page[-1].name

    assert pages == [["B", "a", "a b"], ["a.txt", "b", "z"], ["é", "😀"]]


async def test_folders_are_those_that_hold_something(storage: Storage) -> None:
    places = ["c/x", "c/d/x", "c-x/x", "c/d/e/f/x", "c0/x", "a/b/x", "é/x", "c/y"]
    await add(storage.drive, *(made(number, f"/shared/{place}") for number, place in enumerate(places)))
    await add(storage.drive, made(90, "/agents/ava/x"), made(91, "/shared/q/x", team="team-b"))

    async def folders(folder: str, after: str = "", limit: int = 9) -> list[str]:
        return list(await storage.drive.folders("team-a", folder, after=after, limit=limit))

    assert await folders("/") == ["agents", "shared"]
    assert await folders("/shared/") == ["a", "c-x", "c", "c0", "é"]
    assert await folders("/shared/", "c-x", 2) == ["c", "c0"]
    assert await folders("/shared/c/") == ["d"]
    assert await folders("/shared/c/d/e/f/") == await folders("/nowhere/") == []


async def test_sums_are_those_of_the_files(storage: Storage) -> None:
    await add(storage.drive, made(1, size=1), made(2, size=20), made(3, "/shared/x", size=300, agent_id=None))
    await add(storage.drive, made(4, "/shared/y", size=4_000, agent_id=BOB), made(5, size=9, team="team-b"))
    await storage.drive.remove(made(2).id)

    found = [await storage.drive.used("team-a", agent) for agent in (None, AVA, BOB, "team-a.nobody")]

    assert found == [4_301, 1, 4_000, 0]
    assert await storage.drive.used("team-c") == 0


async def test_a_quota_is_filled_and_not_passed(storage: Storage) -> None:
    quota = DriveQuota(agent=100, workspace=150)
    await storage.drive.add(made(1, size=100), overwrite=False, quota=quota)

    with pytest.raises(TooLarge, match="room for 0 bytes") as refused:
        await storage.drive.add(made(2, size=1), overwrite=False, quota=quota)
    await storage.drive.add(made(3, "/shared/x", size=50, agent_id=BOB), overwrite=False, quota=quota)
    with pytest.raises(TooLarge):
        await storage.drive.add(made(4, "/shared/y", size=1, agent_id=None), overwrite=False, quota=quota)

    assert refused.value.code == "drive_quota_exceeded"
    assert await storage.drive.used("team-a") == 150
    await storage.drive.add(made(5, size=100, team="team-b"), overwrite=False, quota=quota)


async def test_an_empty_file_fits_always_and_an_administrators_counts_to_no_agent(storage: Storage) -> None:
    quota = DriveQuota(agent=10)
    await storage.drive.add(made(1, size=10), overwrite=False, quota=quota)

    await storage.drive.add(made(2, size=0), overwrite=False, quota=quota)
    await storage.drive.add(made(3, "/shared/x", size=11, agent_id=None), overwrite=False, quota=quota)

    assert await storage.drive.used("team-a") == 21


async def test_what_is_replaced_makes_room_for_its_successor(storage: Storage) -> None:
    quota = DriveQuota(agent=100, workspace=100)
    first, second = made(1, "/shared/x", size=90), made(2, "/shared/x", size=100)
    await storage.drive.add(first, overwrite=False, quota=quota)

    with pytest.raises(TooLarge):
        await storage.drive.add(made(3, "/shared/x", size=101), overwrite=True, quota=quota)
    kept = await storage.drive.find("team-a", "/shared/", "x")
    assert await storage.drive.add(second, overwrite=True, quota=quota) == first

    assert kept == first
    assert await storage.drive.used("team-a") == 100


async def test_another_agents_file_makes_room_in_the_workspace_alone(storage: Storage) -> None:
    quota = DriveQuota(agent=100, workspace=150)
    await storage.drive.add(made(1, "/shared/x", size=90, agent_id=BOB), overwrite=False, quota=quota)
    await storage.drive.add(made(2, size=60), overwrite=False, quota=quota)

    with pytest.raises(TooLarge, match="room for 40 bytes"):
        await storage.drive.add(made(3, "/shared/x", size=41), overwrite=True, quota=quota)
    await storage.drive.add(made(4, "/shared/x", size=40), overwrite=True, quota=quota)

    assert await storage.drive.used("team-a", BOB) == 0


async def test_many_at_once_never_pass_a_quota(settings: Settings) -> None:
    quota = DriveQuota(agent=100)
    async with two_processes(settings) as processes:
        adding = [
            processes[number % 2].add(made(number, size=30), overwrite=False, quota=quota) for number in range(12)
        ]
        results = await asyncio.gather(*adding, return_exceptions=True)
        used = await processes[0].used("team-a")
        later = made(99, size=100 - used)
        await processes[1].add(later, overwrite=False, quota=quota)

    assert all(result is None or isinstance(result, TooLarge) for result in results), results
    assert used == 30 * results.count(None) <= 90


async def test_of_several_that_want_one_place_one_gets_it(settings: Settings) -> None:
    async with two_processes(settings) as processes:
        adding = [
            processes[number % 2].add(made(number, "/shared/x"), overwrite=False, quota=FREE) for number in range(10)
        ]
        results = await asyncio.gather(*adding, return_exceptions=True)
        (there,) = await processes[0].files("team-a", "/shared/", after="", limit=9)

    assert sorted(type(result).__name__ for result in results) == ["Conflict"] * 9 + ["NoneType"]
    assert results[int(there.id.removeprefix("file_"), 16)] is None


async def test_of_several_that_replace_one_file_one_remains_and_none_is_lost(settings: Settings) -> None:
    async with two_processes(settings) as processes:
        await add(processes[0], made(0, "/shared/x"))
        adding = [processes[n % 2].add(made(n, "/shared/x"), overwrite=True, quota=FREE) for n in range(1, 9)]
        replaced = {file.id for file in await asyncio.gather(*adding) if file is not None}
        (there,) = await processes[0].files("team-a", "/shared/", after="", limit=9)

    assert there.id not in replaced
    assert replaced <= {made(number).id for number in range(9)}


async def test_which_ids_are_known_is_told_of_many_at_once(storage: Storage) -> None:
    await add(storage.drive, *(made(number) for number in range(5)))

    known = await storage.drive.known([made(number).id for number in range(3, 8)])

    assert known == {made(3).id, made(4).id}
    assert await storage.drive.known([]) == frozenset()


async def test_a_drive_keeps_its_name_and_has_it_for_itself(settings: Settings) -> None:
    async with two_processes(settings) as (ours, theirs):
        names = {await ours.drive_id(), await theirs.drive_id()}
    again = await open_storage(settings)
    names.add(await again.drive.drive_id())
    await again.aclose()

    (name,) = names
    assert name.startswith("drive_")
    assert len(name) == len("drive_") + 16


async def test_the_version_in_memory_does_the_same(storage: Storage) -> None:
    seen: list[list[object]] = []
    quota = DriveQuota(agent=50, workspace=60)
    moves = [
        (made(1, "/shared/c/x"), False),
        (made(2, "/shared/c/x"), True),
        (made(3, "/shared/c-x/x", size=41), False),
        (made(4, "/shared/c-x/x", size=40), False),
        (made(5, "/shared/y", size=11, agent_id=None), False),
        (made(6, "/shared/y", size=10, agent_id=None), False),
        (made(7, "/shared/y", size=9), True),
        (replace(made(8, "/shared/y", size=0), agent_id=BOB), True),
        (made(9, "/shared/y"), False),
    ]
    for index in (storage.drive, InMemoryDriveIndex()):
        done: list[object] = []
        for file, overwrite in moves:
            try:
                done.append(await index.add(file, overwrite=overwrite, quota=quota))
            except (Conflict, TooLarge) as error:
                done.append(error.message)
        done += [await index.folders("team-a", "/shared/", after=after, limit=9) for after in ("", "c-x", "c")]
        done += [list(await index.files("team-a", "/shared/", after="", limit=limit)) for limit in (1, 9)]
        done += [await index.used("team-a"), await index.used("team-a", AVA), await index.known([made(1).id])]
        done += [await index.remove(made(2).id), await index.get(made(2).id), await index.used("team-a", AVA)]
        seen.append(done)

    assert seen[0] == seen[1]
