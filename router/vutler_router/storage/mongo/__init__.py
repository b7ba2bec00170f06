"""MongoDB (and what speaks its protocol): for clusters, several router processes at once."""

from vutler_router.storage.mongo.agents import MongoAgentStore
from vutler_router.storage.mongo.breakers import MongoBreakerStore
from vutler_router.storage.mongo.connection import Database
from vutler_router.storage.mongo.ledger import MongoLedgerStore
from vutler_router.storage.mongo.schema import migrate
from vutler_router.storage.mongo.usage import MongoUsageReader
from vutler_router.storage.opened import Storage

__all__ = ["open_mongo"]


async def open_mongo(url: str, *, seconds: float = 5.0) -> Storage:
    """Connect to a server and bring its indexes up to date.

    Args:
        url: `mongodb://…/name`; without a name the database is called `vutler`.
        seconds: The time limit of every call.

    Raises:
        StorageError: It cannot be reached in time, or belongs to a newer version of the router.
    """
    database = Database.connect(url, seconds=seconds)
    usage = MongoUsageReader(database)
    try:
        await migrate(database)
        await usage.prepare()
    except BaseException:
        await database.aclose()
        raise
    return Storage(
        MongoAgentStore(database),
        MongoLedgerStore(database),
        usage,
        MongoBreakerStore(database),
        database.ping,
        database.aclose,
    )
