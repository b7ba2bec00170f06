import asyncio
import sqlite3
import stat
from pathlib import Path

import pytest

from tests.support.router_values import NOON, make_agent, make_entry
from vutler_router.errors import StorageError
from vutler_router.metering.batches import Batch
from vutler_router.metering.totals import Dimension
from vutler_router.storage.sqlite import open_sqlite

TODAY = NOON.date()


async def test_the_file_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "router.db"
    storage = await open_sqlite(path)
    await storage.agents.add(make_agent())
    modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    await storage.aclose()

    assert modes == {0o600}


async def test_a_database_of_a_newer_router_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "router.db"
    await (await open_sqlite(path)).aclose()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()

    with pytest.raises(StorageError, match="schema version 99"):
        await open_sqlite(path)


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "router.db"
    path.write_bytes(b"this is a letter, not a database\n" * 100)

    with pytest.raises(StorageError, match=r"router\.db"):
        await open_sqlite(path)


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StorageError, match="make its folder writable"):
        await open_sqlite(tmp_path / "file" / "router.db")


async def test_reading_goes_on_while_a_batch_is_written(tmp_path: Path) -> None:
    storage = await open_sqlite(tmp_path / "router.db")
    await storage.agents.add(make_agent())
    entries = tuple(make_entry(f"r{number}") for number in range(5000))

    writing = asyncio.create_task(storage.ledger.append(Batch("writer", 1, entries)))
    await asyncio.sleep(0)
    found = await storage.agents.get("team-a.ava")
    still_writing = not writing.done()
    await writing
    await storage.aclose()

    assert found == make_agent()
    assert still_writing


async def test_a_failure_in_the_middle_leaves_neither_rows_nor_totals(tmp_path: Path) -> None:
    storage = await open_sqlite(tmp_path / "router.db")
    too_large = make_entry("b", cost_input=2**70)
    with pytest.raises(OverflowError):
        await storage.ledger.append(Batch("writer", 1, (make_entry("a"), too_large)))

    lines = await storage.usage.totals(Dimension.DATE, TODAY, TODAY)
    await storage.ledger.append(Batch("writer", 2, (make_entry("a"),)))
    after = await storage.usage.totals(Dimension.DATE, TODAY, TODAY)
    await storage.aclose()

    assert lines == []
    assert [line.sums.requests for line in after] == [1]


async def test_a_closed_database_says_so(tmp_path: Path) -> None:
    storage = await open_sqlite(tmp_path / "router.db")
    await storage.aclose()

    with pytest.raises(StorageError):
        await storage.ping()


@pytest.mark.parametrize("size", [1, 7, 8, 9, 32, 33, 128, 129, 300])
async def test_a_batch_of_any_size_is_kept_row_by_row(tmp_path: Path, size: int) -> None:
    storage = await open_sqlite(tmp_path / "router.db")
    await storage.ledger.append(Batch("writer", 1, tuple(make_entry(f"req_{number}") for number in range(size))))
    (total,) = await storage.usage.totals(Dimension.AGENT, TODAY, TODAY)
    await storage.aclose()

    with sqlite3.connect(tmp_path / "router.db") as database:
        rows = database.execute("SELECT request_id FROM token_usage ORDER BY rowid").fetchall()
    database.close()

    assert [row[0] for row in rows] == [f"req_{number}" for number in range(size)]
    assert total.sums.requests == size
