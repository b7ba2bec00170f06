from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.router_values import NOON, make_entry
from vutler_router.domain.ask_store import Ask, AskEnd, AskKind, AskStatus, AskStore, InMemoryAskStore
from vutler_router.domain.usage import TokenCounts
from vutler_router.metering.batches import Batch
from vutler_router.settings import Settings
from vutler_router.storage import Storage, open_storage

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
TREE = "tree_" + "0" * 32
ROOT = Ask(
    id="ask_01",
    tree_id=TREE,
    parent="",
    asker="",
    peer="team-a.lead",
    workspace_id="team-a",
    depth=0,
    path=("team-a.lead",),
    session="anna",
    started_at=NOON,
    deadline=NOON + 120 * SECOND,
    kind=AskKind.CHAT,
)
CHILD = replace(
    ROOT,
    id="ask_02",
    parent="ask_01",
    asker="team-a.lead",
    peer="team-a.coder",
    depth=1,
    path=("team-a.lead", "team-a.coder"),
    session="ask-1",
    started_at=NOON + SECOND,
    kind=AskKind.ASK,
)
ELSEWHERE = replace(ROOT, id="ask_03", tree_id="tree_1", peer="team-b.zoe", workspace_id="team-b", path=("team-b.zoe",))
DONE = AskEnd(AskStatus.OK, NOON + 2 * SECOND, 11, 3)


@pytest.fixture(params=["memory", "database"])
def store(request: pytest.FixtureRequest, storage: Storage) -> AskStore:
    return InMemoryAskStore() if request.param == "memory" else storage.asks


async def test_a_trees_asks_come_back_as_they_were_made(store: AskStore) -> None:
    for ask in (CHILD, ROOT, ELSEWHERE):
        await store.add(ask)

    assert list(await store.of_tree(TREE)) == [ROOT, CHILD]


async def test_what_an_agent_is_at_work_on_is_found_until_it_ends(store: AskStore) -> None:
    late = replace(CHILD, id="ask_04", started_at=NOON + DAY, deadline=NOON + DAY + SECOND)
    for ask in (ROOT, CHILD, late):
        await store.add(ask)

    assert list(await store.under_way("team-a.coder", NOON)) == [CHILD, late]
    await store.finish(CHILD.id, DONE)
    assert list(await store.under_way("team-a.coder", NOON)) == [late]


async def test_an_ask_whose_router_died_is_over_at_its_deadline(store: AskStore) -> None:
    await store.add(CHILD)

    assert list(await store.under_way("team-a.coder", CHILD.deadline)) == []


async def test_the_first_end_counts(store: AskStore) -> None:
    await store.add(CHILD)
    await store.finish(CHILD.id, DONE)
    await store.finish(CHILD.id, AskEnd(AskStatus.FAILED, NOON + DAY))
    await store.finish("ask_unknown", DONE)

    ended = replace(CHILD, status=AskStatus.OK, ended_at=DONE.ended_at, tokens_input=11, tokens_output=3)
    assert list(await store.of_tree(TREE)) == [ended]


async def test_roots_are_listed_by_time_and_workspace_a_page_at_a_time(store: AskStore) -> None:
    third = replace(ROOT, id="ask_05", tree_id="tree_2", started_at=NOON + 3 * SECOND)
    for ask in (ROOT, CHILD, ELSEWHERE, third):
        await store.add(ask)

    async def roots(workspace_id: str | None = None, cursor: str | None = None) -> tuple[list[str], str | None]:
        page = await store.roots(NOON, NOON + DAY, workspace_id=workspace_id, limit=2, cursor=cursor)
        return [ask.id for ask in page.asks], page.next_cursor

    assert await roots() == (["ask_05", "ask_03"], "ask_03")
    assert await roots(cursor="ask_03") == (["ask_01"], None)
    assert await roots("team-b") == (["ask_03"], None)
    assert (await store.roots(NOON + DAY, NOON + 2 * DAY, workspace_id=None, limit=2, cursor=None)).asks == ()


async def test_old_asks_are_swept(store: AskStore) -> None:
    await store.add(ROOT)
    await store.add(CHILD)

    await store.sweep(CHILD.started_at)

    assert list(await store.of_tree(TREE)) == [CHILD]


async def test_asks_are_seen_by_other_processes(settings: Settings, storage: Storage) -> None:
    theirs = await open_storage(settings)
    await storage.asks.add(CHILD)

    found = await theirs.asks.under_way("team-a.coder", NOON)
    await theirs.aclose()

    assert list(found) == [CHILD]


async def test_the_rows_of_trees_are_found_and_no_others(storage: Storage) -> None:
    rows = (
        replace(make_entry("req_1", tokens=TokenCounts(10, 2), cost_input=5), tree_id=TREE),
        replace(make_entry("req_2", agent_id="team-a.coder"), tree_id="tree_2"),
        make_entry("req_3"),
    )
    await storage.ledger.append(Batch("writer-1", 1, rows))

    (row,) = await storage.tree_rows.of_trees([TREE, ""])

    assert (row.tree_id, row.agent_id, row.tokens_input, row.tokens_output) == (TREE, "team-a.ava", 10, 2)
    assert row.timestamp == rows[0].timestamp
    assert await storage.rows.find("req_1") == rows[0]
