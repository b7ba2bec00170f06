import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from bson import Int64
from typing_extensions import override

from tests.support.mongo import running_ferretdb
from vutler_router.domain.routing import RouteCategory, RoutingRules
from vutler_router.domain.routing_store import StoredRules
from vutler_router.errors import WriteConflict
from vutler_router.storage.mongo.connection import Database
from vutler_router.storage.mongo.routing import MongoRoutingStore

pytestmark = pytest.mark.database

LATE = RoutingRules((RouteCategory("late"),))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running_ferretdb() as url:
        yield url


@pytest.fixture
async def database(server: str) -> AsyncIterator[Database]:
    opened = Database.connect(f"{server}test_{uuid.uuid4().hex}", seconds=30)
    yield opened
    await opened.drop()
    await opened.aclose()


class SlowStore(MongoRoutingStore):
    """Falls asleep just before it inserts a version, and just after; things happen meanwhile."""

    def __init__(
        self,
        database: Database,
        *,
        before: Callable[[], Awaitable[None]] | None = None,
        after: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        super().__init__(database)
        self._before = before
        self._after = after
        self._asked = 0

    @override
    async def version(self) -> int:
        self._asked += 1
        if self._asked == 2 and self._after is not None:
            await self._after()
        found = await super().version()
        if self._asked == 1 and self._before is not None:
            await self._before()
        return found


def writing(database: Database, first: int, last: int) -> Callable[[], Awaitable[None]]:
    """Write versions from first to last meanwhile."""

    async def write() -> None:
        for version in range(first, last + 1):
            await MongoRoutingStore(database).write(RoutingRules(), after=version - 1)

    return write


async def versions(database: Database) -> list[object]:
    return [document["_id"] for document in await database.routing_rules.find().sort("_id", 1).to_list()]


async def test_the_last_ten_versions_are_kept(database: Database) -> None:
    await writing(database, 1, 25)()

    assert await versions(database) == list(range(16, 26))


@pytest.mark.parametrize("others", [4, 12, 13, 14, 20])
async def test_who_sleeps_before_writing_until_others_wrote_is_refused(database: Database, others: int) -> None:
    await writing(database, 1, 3)()

    with pytest.raises(WriteConflict):
        await SlowStore(database, before=writing(database, 4, others)).write(LATE, after=3)

    assert await MongoRoutingStore(database).read() == StoredRules(others, RoutingRules())
    assert await versions(database) == list(range(max(1, others - 9), others + 1))


async def test_who_was_followed_at_once_has_written_all_the_same(database: Database) -> None:
    await writing(database, 1, 3)()
    store = SlowStore(database, after=writing(database, 5, 8))

    assert await store.write(LATE, after=3) == StoredRules(4, LATE)
    assert await MongoRoutingStore(database).version() == 8


async def test_what_a_writer_that_died_left_behind_is_nobodys_rules(database: Database) -> None:
    await writing(database, 1, 20)()
    await database.routing_rules.insert_one({"_id": Int64(4), "body": "{}"})

    await writing(database, 21, 21)()

    assert await versions(database) == list(range(12, 22))


async def test_rules_of_other_routers_are_read(database: Database) -> None:
    body = '{"colour": 1, "categories": [{"name": "late", "shade": 2}]}'
    await database.routing_rules.insert_one({"_id": Int64(7), "body": body})

    assert await MongoRoutingStore(database).read() == StoredRules(7, LATE)
