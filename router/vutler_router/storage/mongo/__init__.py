"""MongoDB (and what speaks its protocol): for clusters, several router processes at once."""

from vutler_router.storage.mongo.agents import MongoAgentStore
from vutler_router.storage.mongo.alerts import MongoAlertStore
from vutler_router.storage.mongo.asks import MongoAskStore
from vutler_router.storage.mongo.audit import MongoLedgerAudit
from vutler_router.storage.mongo.breakers import MongoBreakerStore
from vutler_router.storage.mongo.channels import MongoChannelStore
from vutler_router.storage.mongo.claims import MongoClaimStore
from vutler_router.storage.mongo.connection import Database
from vutler_router.storage.mongo.drive import MongoDriveIndex
from vutler_router.storage.mongo.ledger import MongoLedgerStore
from vutler_router.storage.mongo.limits import MongoLimitStore
from vutler_router.storage.mongo.mails import MongoMailStore
from vutler_router.storage.mongo.overage import MongoOverageReader
from vutler_router.storage.mongo.routing import MongoRoutingStore
from vutler_router.storage.mongo.rows import MongoRowReader
from vutler_router.storage.mongo.schema import migrate
from vutler_router.storage.mongo.sessions import MongoSessionStore
from vutler_router.storage.mongo.statements import MongoStatementStore
from vutler_router.storage.mongo.tool_calls import MongoAuditLog
from vutler_router.storage.mongo.tree_rows import MongoTreeRowReader
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
        agents=MongoAgentStore(database),
        ledger=MongoLedgerStore(database),
        rows=MongoRowReader(database),
        usage=usage,
        overages=MongoOverageReader(database),
        statements=MongoStatementStore(database),
        audit=MongoLedgerAudit(database),
        breakers=MongoBreakerStore(database),
        alerts=MongoAlertStore(database),
        limits=MongoLimitStore(database),
        routing=MongoRoutingStore(database),
        drive=MongoDriveIndex(database),
        asks=MongoAskStore(database),
        tree_rows=MongoTreeRowReader(database),
        tool_calls=MongoAuditLog(database),
        channels=MongoChannelStore(database),
        claims=MongoClaimStore(database),
        mails=MongoMailStore(database),
        sessions=MongoSessionStore(database),
        ping=database.ping,
        aclose=database.aclose,
    )
