import asyncio

import pytest

from vutler_router.domain.llm_json import JsonObject
from vutler_router.domain.statement_store import InMemoryStatementStore, StatementStore
from vutler_router.settings import Settings
from vutler_router.storage import Storage, open_storage

STATEMENT: JsonObject = {
    "month": "2026-11",
    "lines": [{"agent_id": "team-a.ava", "total": 5.123456789, "tokens": 2**60}],
    "a.b": 1,
}
OTHER: JsonObject = {"month": "2026-11", "lines": []}


@pytest.fixture(params=["in memory", "kept"])
def store(request: pytest.FixtureRequest, storage: Storage) -> StatementStore:
    return InMemoryStatementStore() if request.param == "in memory" else storage.statements


async def test_what_is_kept_comes_back_as_it_was(store: StatementStore) -> None:
    assert await store.find("team-a", "2026-11") is None

    assert await store.keep("team-a", "2026-11", STATEMENT) == STATEMENT
    assert await store.find("team-a", "2026-11") == STATEMENT


async def test_the_first_statement_of_a_month_stays(store: StatementStore) -> None:
    await store.keep("team-a", "2026-11", STATEMENT)

    assert await store.keep("team-a", "2026-11", OTHER) == STATEMENT
    assert await store.find("team-a", "2026-11") == STATEMENT


async def test_workspaces_and_months_have_their_own(store: StatementStore) -> None:
    await store.keep("", "2026-11", STATEMENT)
    await store.keep("team-a", "2026-11", OTHER)

    assert await store.find("", "2026-11") == STATEMENT
    assert await store.find("team-a", "2026-11") == OTHER
    assert await store.find("", "2026-10") is None


async def test_of_processes_that_close_a_month_at_once_one_is_believed_by_all(settings: Settings) -> None:
    one, other = await open_storage(settings), await open_storage(settings)
    try:
        kept = await asyncio.gather(
            *(
                storage.statements.keep("team-a", "2026-11", {"number": number})
                for number, storage in enumerate([one, other] * 4)
            )
        )
    finally:
        await one.aclose()
        await other.aclose()

    assert all(statement == kept[0] for statement in kept)
