"""Lets agents' requests begin, or says which limit stops them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

import structlog

from vutler_router.domain.agent import Agent
from vutler_router.domain.plans import Plans
from vutler_router.errors import StorageError
from vutler_router.fairuse.admission import Refusal
from vutler_router.fairuse.rules import LimitName, build_rules
from vutler_router.fairuse.state_store import LimitStore
from vutler_router.metering.totals import UsageReader
from vutler_router.providers.model_request import ModelRequest
from vutler_router.services.answering.exchange import Hold, NoHold
from vutler_router.services.limiting.account import Account, Reservation
from vutler_router.services.limiting.books import BooksReader
from vutler_router.services.limiting.estimate import expected_tokens
from vutler_router.services.limiting.keeper import Keeper
from vutler_router.services.limiting.refusals import limit_exceeded

__all__ = ["Admission", "Gate", "LimitGate", "NoGate", "Pace"]

_TICK_SECONDS: Final = 1.0
_COMPARE_SECONDS: Final = 60.0
"""How long the month of an agent that is asking goes without a look at the books."""

_FORGET_SECONDS: Final = 300.0
"""How long an agent that asks no more is kept in mind."""

_CLOSE_SECONDS: Final = 2.0
"""How long closing waits for the last changes to be written."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Admission:
    """A request that may begin.

    Attributes:
        hold: What is reserved for it.
        tier: The cheaper plan that answers it; None for the agent's own models.
    """

    hold: Hold
    tier: str | None = None


class Gate(Protocol):
    """Decides whether requests may begin."""

    async def admit(self, agent: Agent, request: ModelRequest, request_id: str) -> Admission:
        """Reserve what a request will use.

        Raises:
            LimitExceeded: A limit is reached; the message says which, and what to do.
        """
        ...


class NoGate:
    """Lets everything through."""

    async def admit(self, agent: Agent, request: ModelRequest, request_id: str) -> Admission:  # noqa: ARG002 - the port
        """See `Gate.admit`."""
        return _FREE


@dataclass(frozen=True, slots=True)
class Pace:
    """Times in seconds.

    Attributes:
        lease: For how long a reservation counts that nobody renews: after so long those of a killed process are free.
        renewal: How often reservations are renewed.
        patience: How long a call of the database may take before requests are decided by what is known here.
    """

    lease: float = 10.0
    renewal: float = 3.0
    patience: float = 0.5


class LimitHold:
    """See `Hold`."""

    __slots__ = ("_keeper", "_open", "_reservation")

    def __init__(self, keeper: Keeper, reservation: Reservation) -> None:
        self._keeper = keeper
        self._reservation = reservation
        self._open = True

    def settle(self, tokens: int, cost: int) -> None:
        """See `Hold.settle`."""
        if self._open:
            self._open = False
            self._keeper.settle(self._reservation, max(tokens, 0), max(cost, 0))

    def release(self) -> None:
        """See `Hold.release`."""
        if self._open:
            self._open = False
            self._keeper.release(self._reservation)


class LimitGate:
    """Holds agents to their limits, and costs nothing for agents that have none.

    Args:
        store: Where all processes' states are.
        usage: The books.
        plans: The tiers on sale.
        now: The time, UTC.
        holder: This process's name among all that ever ran.
        refused: Is told of every refusal.
        pace: How patient it is.
    """

    def __init__(
        self,
        store: LimitStore,
        usage: UsageReader,
        plans: Plans,
        now: Callable[[], datetime],
        *,
        holder: str,
        refused: Callable[[LimitName], None],
        pace: Pace | None = None,
    ) -> None:
        self._store = store
        self._plans = plans
        self._clock = now
        self._books = BooksReader(usage, now)
        self._holder = holder
        self._refused = refused
        self._pace = pace or Pace()
        self._keepers: dict[str, Keeper] = {}

    @property
    def reservations(self) -> int:
        """Requests of limited agents under way in this process."""
        return sum(keeper.reservations for keeper in self._keepers.values())

    async def admit(self, agent: Agent, request: ModelRequest, request_id: str) -> Admission:
        """See `Gate.admit`."""
        llm = agent.llm
        rules = build_rules(llm, self._plans) if llm is not None and llm.limits is not None else None
        if llm is None or rules is None:
            return _FREE
        keeper = self._keepers.get(agent.id) or self._begin(agent.id)
        decision = await keeper.ask(rules, expected_tokens(request, llm))
        if isinstance(decision, Refusal):
            self._refused(decision.limit)
            _log.info("limit reached", request_id=request_id, agent=agent.id, limit=decision.limit.value)
            raise limit_exceeded(decision, llm)
        if decision.tier is not None:
            _log.info("answered by a cheaper plan", request_id=request_id, agent=agent.id, tier=decision.tier)
        return Admission(LimitHold(keeper, decision), decision.tier)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Renew what is reserved until the block ends; then write what is left."""
        tasks = [
            asyncio.create_task(self._renew(), name="limits-renewal"),
            asyncio.create_task(self._compare(), name="limits-books"),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._flush()

    def _now(self) -> float:
        return self._clock().timestamp()

    def _begin(self, agent_id: str) -> Keeper:
        pace = self._pace
        account = Account(self._holder, lease=pace.lease, renewal=pace.renewal)
        keeper = Keeper(agent_id, account, self._store, self._books.of, self._now, patience=pace.patience)
        self._keepers[agent_id] = keeper
        return keeper

    async def _renew(self) -> None:
        """Renew reservations, and forget agents that ask no more; nothing is written while nothing is under way."""
        while True:
            await asyncio.sleep(min(_TICK_SECONDS, self._pace.renewal / 2))
            for agent_id, keeper in tuple(self._keepers.items()):
                keeper.renew()
                if keeper.idle and abs(self._now() - keeper.used_at) > _FORGET_SECONDS:
                    del self._keepers[agent_id]

    async def _compare(self) -> None:
        """Compare the months of agents that ask with the books."""
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            try:
                for keeper in tuple(self._keepers.values()):
                    if keeper.books_due(_COMPARE_SECONDS):
                        await keeper.compare()
            except StorageError as error:
                _log.warning("limits not compared with the books", error=error.message)

    async def _flush(self) -> None:
        """Write what is left, for as long as closing may take."""
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                written = await asyncio.gather(*(keeper.flush() for keeper in self._keepers.values()))
        except TimeoutError:
            written = [False]
        for keeper in self._keepers.values():
            keeper.close()
        if not all(written):
            _log.warning("limits not written at shutdown", reservations=self.reservations)


_FREE: Final = Admission(NoHold())
