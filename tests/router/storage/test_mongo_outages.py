import gc
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.mongo import free_port, running_ferretdb
from tests.support.router_values import NOON, make_agent, make_entry
from vutler_router.errors import StorageError
from vutler_router.metering.batches import Batch
from vutler_router.metering.totals import Dimension
from vutler_router.storage.mongo import open_mongo

TODAY = NOON.date()

# pymongo leaves a socket to the garbage collector when it is closed in the middle of connecting again.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def _collect_what_the_driver_leaves() -> Iterator[None]:
    yield
    gc.collect()


async def test_a_server_that_is_not_there_is_reported_in_time() -> None:
    began = time.monotonic()

    with pytest.raises(StorageError, match="did not answer"):
        await open_mongo(f"mongodb://127.0.0.1:{free_port()}/vutler", seconds=0.5)

    assert time.monotonic() - began < 5


async def test_an_address_that_is_none_is_refused_without_being_repeated() -> None:
    with pytest.raises(StorageError) as refused:
        await open_mongo("mongodb://user:hidden@:bad:port/x")

    assert "hidden" not in refused.value.message


@pytest.mark.database
async def test_a_batch_cut_short_by_an_outage_is_completed_by_repeating_it(tmp_path: Path) -> None:
    port, batch = free_port(), Batch("writer-1", 1, tuple(make_entry(f"r{number}") for number in range(200)))
    with running_ferretdb(port, tmp_path) as server:
        storage = await open_mongo(f"{server}vutler", seconds=1)
        await storage.ledger.append(Batch("writer-0", 1, (make_entry("r0"),)))
    with pytest.raises(StorageError):
        await storage.ledger.append(batch)

    with running_ferretdb(port, tmp_path):
        for _ in range(2):
            await storage.ledger.append(batch)
        (line,) = await storage.usage.totals(Dimension.DATE, TODAY, TODAY)
        await storage.aclose()

    assert line.sums.requests == 200


@pytest.mark.database
async def test_agents_are_back_when_the_server_is(tmp_path: Path) -> None:
    port = free_port()
    with running_ferretdb(port, tmp_path) as server:
        storage = await open_mongo(f"{server}vutler", seconds=1)
        await storage.agents.add(make_agent())
    with pytest.raises(StorageError):
        await storage.ping()

    with running_ferretdb(port, tmp_path):
        assert await storage.agents.get("team-a.ava") == make_agent()
        await storage.aclose()
