"""What an opened database offers, whichever it is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from vutler_router.domain.agent_store import AgentStore
from vutler_router.domain.alert_store import AlertStore
from vutler_router.domain.ask_store import AskStore
from vutler_router.domain.breaker_store import BreakerStore
from vutler_router.domain.channel_store import ChannelStore
from vutler_router.domain.claim_store import ClaimStore
from vutler_router.domain.drive_store import DriveIndex
from vutler_router.domain.mail import MailStore
from vutler_router.domain.routing_store import RoutingStore
from vutler_router.domain.session import SessionStore
from vutler_router.domain.statement_store import StatementStore
from vutler_router.domain.tool_audit import AuditLog
from vutler_router.fairuse.state_store import LimitStore
from vutler_router.metering.audit import LedgerAudit
from vutler_router.metering.batches import LedgerStore
from vutler_router.metering.ledger import RowReader
from vutler_router.metering.overage import OverageReader
from vutler_router.metering.totals import CrossReader
from vutler_router.metering.tree_rows import TreeRowReader

__all__ = ["Storage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """One open database and the stores in it.

    Attributes:
        agents: Where agents are kept.
        ledger: Where usage rows and day totals are kept.
        rows: What finds the row of one request.
        usage: What answers questions from day totals.
        overages: What tells which plans were passed.
        statements: Where statements of closed months are kept.
        audit: What checks the ledger, and mends it.
        breakers: Where processes tell each other what is not to be asked.
        alerts: Where it is kept which thresholds were passed, and who was told.
        limits: Where processes share what agents use of their limits.
        routing: Where the administrator's routing rules are kept.
        drive: Where it is kept which files there are.
        asks: Where agents' turns that others wait for are kept.
        tree_rows: What finds the rows of a tree of asks.
        tool_calls: Where it is kept what agents did with tools.
        channels: Where channels and their messages are kept.
        claims: How processes share work in the background.
        mails: Where agents' mail is kept.
        sessions: Where it is kept who is signed in.
        ping: Returns when the database answers; raises `StorageError` when it does not in time.
        aclose: Lets go of the database; nothing may use it afterwards.
    """

    agents: AgentStore
    ledger: LedgerStore
    rows: RowReader
    usage: CrossReader
    overages: OverageReader
    statements: StatementStore
    audit: LedgerAudit
    breakers: BreakerStore
    alerts: AlertStore
    limits: LimitStore
    routing: RoutingStore
    drive: DriveIndex
    asks: AskStore
    tree_rows: TreeRowReader
    tool_calls: AuditLog
    channels: ChannelStore
    claims: ClaimStore
    mails: MailStore
    sessions: SessionStore
    ping: Callable[[], Awaitable[None]]
    aclose: Callable[[], Awaitable[None]]
