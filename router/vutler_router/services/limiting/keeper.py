"""Brings one agent's account and the shared state together, in rounds of compare-and-swap."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, TypeVar

import structlog

from vutler_router.errors import StorageError
from vutler_router.fairuse.changes import Books
from vutler_router.fairuse.rules import Rules
from vutler_router.fairuse.state_json import decode_use, encode_use
from vutler_router.fairuse.state_store import LimitStore, VersionedState
from vutler_router.fairuse.use import AgentUse
from vutler_router.services.limiting.account import Account, Attempt, Decision, Question, Reservation
from vutler_router.services.limiting.watch import Watch

__all__ = ["Keeper"]

_GATHER_SECONDS: Final = 0.01
"""How long the end of a request waits for company, when nobody asks meanwhile."""

_RETRY_SECONDS: Final = 0.5
"""How long a database that did not answer is left alone."""

_log = structlog.get_logger(__name__)

T = TypeVar("T")


class Keeper:
    """Decides on one agent's requests and keeps the store informed.

    All that happens while a round is under way goes into the next one, so that under load many requests share a write.

    A database that does not answer a call for `patience` seconds stops nobody: requests are then decided, at once, by
    what is known here. Limits hold for this process alone until the database is back, and what happened meanwhile is
    added then. Refusing everybody instead would make each outage of the database one of all limited agents.

    Args:
        agent_id: Whose account it is.
        account: The account.
        store: Where all processes' state is.
        books: Reads what the books say of this month.
        now: Seconds since 1970.
        patience: Seconds.

    Attributes:
        used_at: When a request last asked, in seconds since 1970.
    """

    def __init__(
        self,
        agent_id: str,
        account: Account,
        store: LimitStore,
        books: Callable[[str], Awaitable[Books]],
        now: Callable[[], float],
        *,
        patience: float,
    ) -> None:
        self._agent_id = agent_id
        self._account = account
        self._store = store
        self._books = books
        self._now = now
        self._watch = Watch(patience, self._fall_silent)
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._stale = True
        self._silent = False
        self._closed = False
        self.used_at = now()

    @property
    def reservations(self) -> int:
        """Requests under way here."""
        return self._account.held.requests

    @property
    def idle(self) -> bool:
        """Whether nothing is under way, waiting or unwritten."""
        return not (self._task or self._timer or self._account.held.requests or self._account.has_work(self._now()))

    def books_due(self, seconds: float) -> bool:
        """Whether requests are held to a month that was not compared with the books for so long."""
        now = self._now()
        asking = self._account.budgeted and self.used_at + seconds > now
        return asking and self._account.checked_at(now) + seconds <= now

    async def ask(self, rules: Rules, tokens: int) -> Decision:
        """Decide on a request that is expected to use so many tokens."""
        self.used_at = self._now()
        answered: asyncio.Future[Decision] = self._loop.create_future()
        question = Question(rules, tokens, partial(self._answer, answered))
        self._account.ask(question)
        if self._silent:
            self._account.decide(self._now())
            self._wake(_RETRY_SECONDS)
            return answered.result()
        self._watch.begin()
        self._start()
        try:
            return await answered
        except asyncio.CancelledError:
            self._account.withdraw(question)
            if not answered.cancelled():
                self._give_back(answered.result())
            raise

    def settle(self, reservation: Reservation, tokens: int, cost: int) -> None:
        """End a reservation and count what was used."""
        self._account.settle(reservation, tokens, cost, self._now())
        self._wake()

    def release(self, reservation: Reservation) -> None:
        """End a reservation and count nothing."""
        self._account.release(reservation)
        self._wake()

    def renew(self) -> None:
        """Write again what is held before it counts no more."""
        if self._account.renewal_due(self._now()):
            self._wake()

    async def compare(self) -> None:
        """Raise the month to what the books say. Raises `StorageError`."""
        self._account.compare(await self._books(self._agent_id))
        self._wake()

    async def flush(self) -> bool:
        """Write what is unwritten, and say whether that went well."""
        while self._task or self._account.has_work(self._now()):
            self._start()
            if self._task is not None:
                await asyncio.wait({self._task})
            if self._silent:
                break
        return not self._silent

    def close(self) -> None:
        """Call the store no more."""
        self._closed = True
        self._cancel_timer()
        self._watch.end()

    def _wake(self, seconds: float = _GATHER_SECONDS) -> None:
        """Have a round in a moment, unless one is to come anyway."""
        if self._task is None and self._timer is None and not self._closed:
            self._timer = self._loop.call_later(seconds, self._start)

    def _start(self) -> None:
        self._cancel_timer()
        if self._task is None:
            self._task = self._loop.create_task(self._run(), name="limits")
            self._task.add_done_callback(_tell_why_it_ended)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _run(self) -> None:
        """Have rounds as long as requests ask."""
        pause = _GATHER_SECONDS
        try:
            await self._round()
            while self._account.asking:
                self._watch.round_over()
                await self._round()
        except StorageError as error:
            pause = _RETRY_SECONDS
            self._fall_silent(error.message)
        finally:
            self._watch.end()
            self._task = None
            if self._account.asking:  # only after a fault of our own
                self._account.decide(self._now())
            if self._account.has_work(self._now()):
                self._wake(pause)

    async def _round(self) -> None:
        """Write what is new and decide what is asked. Raises `StorageError`."""
        if self._stale:
            self._account.read(*_decoded(await self._called(self._store.read(self._agent_id))))
            self._stale = False
        if self._account.budgeted and not self._account.checked_at(self._now()):
            self._account.compare(await self._called(self._books(self._agent_id)))
        newest = False
        while not await self._tried(self._account.attempt(self._now()), newest=newest):
            newest = True

    async def _tried(self, attempt: Attempt, *, newest: bool) -> bool:
        """Write an attempt, or else read what is there instead; say whether the attempt holds.

        One that changes nothing holds if the state it was made on is the newest.
        """
        account = self._account
        if newest and not attempt.needed:
            account.confirmed(attempt)
            return True
        try:
            if attempt.needed and await self._called(
                self._store.write(self._agent_id, encode_use(attempt.use), attempt.expected_version)
            ):
                account.written(attempt)
                return True
            found = await self._called(self._store.read(self._agent_id))
        except BaseException:
            self._stale = True
            if attempt.needed:
                account.lost(attempt)
            else:
                account.confirmed(attempt)
            raise
        account.overtaken(attempt, *_decoded(found))
        return False

    async def _called(self, call: Awaitable[T]) -> T:
        """Call the database; while it answers, requests wait for it."""
        answer = await call
        self._silent = False
        self._watch.call_over()
        return answer

    def _fall_silent(self, reason: str = "no answer in time") -> None:
        """Wait for the database no more."""
        if not self._silent:
            self._silent = True
            _log.warning("limits are decided without the database", agent=self._agent_id, error=reason)
        self._account.decide(self._now())

    def _answer(self, answered: asyncio.Future[Decision], decision: Decision) -> None:
        if answered.done():
            self._give_back(decision)
        else:
            answered.set_result(decision)

    def _give_back(self, decision: Decision) -> None:
        """Nobody waits for this decision any more."""
        if isinstance(decision, Reservation):
            self.release(decision)


def _tell_why_it_ended(task: asyncio.Task[None]) -> None:
    """Log a fault of our own, which would otherwise stay silent."""
    if not task.cancelled() and task.exception() is not None:
        _log.critical("limits were not kept", exc_info=task.exception())


def _decoded(found: VersionedState | None) -> tuple[AgentUse, int | None]:
    if found is None:
        return AgentUse(), None
    return decode_use(found.text) or AgentUse(), found.version
