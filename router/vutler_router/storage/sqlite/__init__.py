"""SQLite: one file, nothing to install, one router process."""

from pathlib import Path

from vutler_router.storage.opened import Storage
from vutler_router.storage.sqlite.agents import SqliteAgentStore
from vutler_router.storage.sqlite.alerts import SqliteAlertStore
from vutler_router.storage.sqlite.asks import SqliteAskStore
from vutler_router.storage.sqlite.audit import SqliteLedgerAudit
from vutler_router.storage.sqlite.breakers import SqliteBreakerStore
from vutler_router.storage.sqlite.channels import SqliteChannelStore
from vutler_router.storage.sqlite.claims import SqliteClaimStore
from vutler_router.storage.sqlite.connection import Database
from vutler_router.storage.sqlite.drive import SqliteDriveIndex
from vutler_router.storage.sqlite.ledger import SqliteLedgerStore
from vutler_router.storage.sqlite.limits import SqliteLimitStore
from vutler_router.storage.sqlite.mails import SqliteMailStore
from vutler_router.storage.sqlite.overage import SqliteOverageReader
from vutler_router.storage.sqlite.routing import SqliteRoutingStore
from vutler_router.storage.sqlite.rows import SqliteRowReader
from vutler_router.storage.sqlite.schema import migrate
from vutler_router.storage.sqlite.sessions import SqliteSessionStore
from vutler_router.storage.sqlite.statements import SqliteStatementStore
from vutler_router.storage.sqlite.tool_calls import SqliteAuditLog
from vutler_router.storage.sqlite.tree_rows import SqliteTreeRowReader
from vutler_router.storage.sqlite.usage import SqliteUsageReader

__all__ = ["open_sqlite"]


async def open_sqlite(path: Path, *, seconds: float = 5.0) -> Storage:
    """Open or create a database file.

    Args:
        path: The file; its folder is made too.
        seconds: How long a call waits for another process to let go of the file.

    Raises:
        StorageError: The file cannot be opened, or belongs to a newer version of the router.
    """
    database = await Database.open(path, busy_seconds=seconds)
    try:
        await migrate(database)
    except BaseException:
        await database.aclose()
        raise
    return Storage(
        agents=SqliteAgentStore(database),
        ledger=SqliteLedgerStore(database),
        rows=SqliteRowReader(database),
        usage=SqliteUsageReader(database),
        overages=SqliteOverageReader(database),
        statements=SqliteStatementStore(database),
        audit=SqliteLedgerAudit(database),
        breakers=SqliteBreakerStore(database),
        alerts=SqliteAlertStore(database),
        limits=SqliteLimitStore(database),
        routing=SqliteRoutingStore(database),
        drive=SqliteDriveIndex(database),
        asks=SqliteAskStore(database),
        tree_rows=SqliteTreeRowReader(database),
        tool_calls=SqliteAuditLog(database),
        channels=SqliteChannelStore(database),
        claims=SqliteClaimStore(database),
        mails=SqliteMailStore(database),
        sessions=SqliteSessionStore(database),
        ping=database.ping,
        aclose=database.aclose,
    )
