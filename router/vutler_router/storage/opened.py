"""What an opened database offers, whichever it is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from vutler_router.domain.agent_store import AgentStore
from vutler_router.domain.breaker_store import BreakerStore
from vutler_router.metering.batches import LedgerStore
from vutler_router.metering.totals import UsageReader

__all__ = ["Storage"]


@dataclass(frozen=True, slots=True)
class Storage:
    """One open database and the stores in it.

    Attributes:
        agents: Where agents are kept.
        ledger: Where usage rows and day totals are kept.
        usage: What answers questions from day totals.
        breakers: Where processes tell each other what is not to be asked.
        ping: Returns when the database answers; raises `StorageError` when it does not in time.
        aclose: Lets go of the database; nothing may use it afterwards.
    """

    agents: AgentStore
    ledger: LedgerStore
    usage: UsageReader
    breakers: BreakerStore
    ping: Callable[[], Awaitable[None]]
    aclose: Callable[[], Awaitable[None]]
