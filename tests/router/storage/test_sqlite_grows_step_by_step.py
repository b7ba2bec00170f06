import sqlite3
from contextlib import closing
from pathlib import Path

from tests.support.router_values import NOON, make_agent
from vutler_router.domain.breaker_store import BreakerRecord
from vutler_router.storage.sqlite import open_sqlite
from vutler_router.storage.sqlite.schema import _STEP_1

CLOSED = BreakerRecord("openai", "gpt-4o-mini", "0123456789abcdef", NOON)


async def test_a_file_of_the_first_router_learns_of_breakers_and_keeps_its_agents(tmp_path: Path) -> None:
    path = tmp_path / "router.db"
    with closing(sqlite3.connect(path)) as database:
        for statement in _STEP_1:
            database.execute(statement)
        database.execute("PRAGMA user_version = 1")
        database.commit()
    storage = await open_sqlite(path)
    await storage.agents.add(make_agent())
    await storage.aclose()

    again = await open_sqlite(path)
    await again.breakers.put([CLOSED])
    found = (await again.agents.get("team-a.ava"), [record async for record in again.breakers.records()])
    await again.aclose()

    assert found == (make_agent(), [CLOSED])
