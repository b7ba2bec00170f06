import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import replace

import pytest

from vutler_router.domain.routing import Comparison, ModelMapping, RouteCategory, RoutingRules
from vutler_router.domain.routing_store import InMemoryRoutingStore, RoutingStore, StoredRules
from vutler_router.errors import WriteConflict
from vutler_router.settings import Settings
from vutler_router.storage import Storage, open_storage

LEGAL = RouteCategory("legal", ("openai/gpt-4o",), ("contrat", "clause"), "Des contrats, « à lire ».", ("Résume-le.",))
RULES = RoutingRules(
    categories=(LEGAL, RouteCategory("plain")),
    mappings=(
        ModelMapping("code", ("openai/gpt-4o", "glm-5"), Comparison("anthropic/claude-sonnet-4", 25)),
        ModelMapping("legal", ()),
    ),
)
OTHERS = replace(RULES, categories=())
WRITERS, ROUNDS = 6, 5


@asynccontextmanager
async def two_processes(settings: Settings) -> AsyncIterator[tuple[RoutingStore, RoutingStore]]:
    async with AsyncExitStack() as opened:
        ours, theirs = [await opened.enter_async_context(aclosing(await open_storage(settings))) for _ in range(2)]
        yield ours.routing, theirs.routing


async def write_many(store: RoutingStore, count: int) -> None:
    for after in range(count):
        await store.write(RULES if after % 2 else OTHERS, after=after)


async def outcome(store: RoutingStore, rules: RoutingRules, after: int) -> StoredRules | None:
    """Write rules; None where somebody else was first."""
    try:
        return await store.write(rules, after=after)
    except WriteConflict:
        return None


async def test_before_anybody_writes_there_are_no_rules(storage: Storage) -> None:
    assert await storage.routing.version() == 0
    assert await storage.routing.read() == StoredRules(0, RoutingRules())


async def test_rules_come_back_as_they_were_written(storage: Storage) -> None:
    written = await storage.routing.write(RULES, after=0)

    assert written == await storage.routing.read() == StoredRules(1, RULES)
    assert await storage.routing.version() == 1


async def test_every_change_has_the_next_version(storage: Storage) -> None:
    seen = []
    for after, rules in enumerate((RULES, OTHERS, OTHERS, RoutingRules())):
        seen.append(await storage.routing.write(rules, after=after))
        assert (await storage.routing.version(), await storage.routing.read()) == (after + 1, seen[-1])

    assert [stored.version for stored in seen] == [1, 2, 3, 4]


@pytest.mark.parametrize("after", [-1, 0, 1, 3, 10])
async def test_rules_made_from_any_but_the_newest_are_refused_and_change_nothing(storage: Storage, after: int) -> None:
    await write_many(storage.routing, 2)

    with pytest.raises(WriteConflict, match="try again"):
        await storage.routing.write(RoutingRules(), after=after)

    assert await storage.routing.read() == StoredRules(2, RULES)


async def test_who_slept_through_many_versions_changes_nothing(storage: Storage) -> None:
    await write_many(storage.routing, 25)

    outcomes = [await outcome(storage.routing, RULES, after) for after in (0, 1, 5, 14, 15, 24)]

    assert outcomes == [None] * 6
    assert await storage.routing.read() == StoredRules(25, OTHERS)


async def test_of_many_writers_at_once_one_wins_each_version(settings: Settings) -> None:
    async with two_processes(settings) as processes:
        for after in range(ROUNDS):
            rules = [replace(RULES, categories=(replace(LEGAL, name=f"by-{one}"),)) for one in range(WRITERS)]
            writes = (outcome(processes[one % 2], rules[one], after) for one in range(WRITERS))

            won = [stored for stored in await asyncio.gather(*writes) if stored is not None]

            assert [stored.version for stored in won] == [after + 1]
            assert [await process.read() for process in processes] == won * 2


async def test_processes_see_each_others_rules(settings: Settings) -> None:
    async with two_processes(settings) as (ours, theirs):
        await ours.write(RULES, after=0)
        seen = await theirs.version(), await theirs.read()
        await theirs.write(OTHERS, after=1)

        assert seen == (1, StoredRules(1, RULES))
        assert await ours.read() == StoredRules(2, OTHERS)


async def test_rules_survive_closing_and_opening(settings: Settings) -> None:
    async with aclosing(await open_storage(settings)) as first:
        await first.routing.write(RULES, after=0)

    async with aclosing(await open_storage(settings)) as second:
        assert await second.routing.read() == StoredRules(1, RULES)


async def test_the_version_in_memory_does_the_same(storage: Storage) -> None:
    seen: list[list[object]] = []
    for store in (storage.routing, InMemoryRoutingStore()):
        writes = [await outcome(store, rules, after) for rules, after in ((RULES, 0), (OTHERS, 0), (OTHERS, 1))]
        seen.append([*writes, await store.version(), await store.read()])

    assert seen[0] == seen[1]
