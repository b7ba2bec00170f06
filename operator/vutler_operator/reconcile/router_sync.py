"""Keeps the router's copy of all agents as it should be: a level-triggered loop of its own.

Reconciles say what they want here and never wait for the router. The loop writes the differences, removes what the
operator once made and no longer exists, and shows the router's state to those whom it concerns. A record that the
router cannot take concerns its own agent and delays no other.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal, Protocol

import structlog
from pydantic import JsonValue

from vutler_operator.errors import RouterError, RouterUnreachable
from vutler_operator.reconcile.record import WantedRecord
from vutler_operator.reconcile.usage import UsageBoard
from vutler_operator.router_client import AgentUsage, KeyTrouble, RouterRecord, UsageSummary

__all__ = ["Agents", "Router", "RouterSync", "SyncState"]

_CONCURRENCY: Final = 8
_FAILURES_UNTIL_DOWN: Final = 2
"""One lost request is not an outage, and must not be written to every Agent."""
_RETRY_SECONDS: Final = 2.0

logger = structlog.get_logger(__name__)


class Router(Protocol):
    """The router as this loop uses it."""

    async def list_agents(self) -> dict[str, RouterRecord]:
        """Return all agents the router knows."""
        ...

    async def put_agent(self, identifier: str, record: Mapping[str, JsonValue]) -> None:
        """Write one agent."""
        ...

    async def delete_agent(self, identifier: str) -> None:
        """Remove one agent."""
        ...

    async def usage(self) -> UsageSummary:
        """Return this month's usage."""
        ...

    async def key_troubles(self) -> tuple[KeyTrouble, ...]:
        """Return the users' keys that are refused now."""
        ...


class Agents(Protocol):
    """Which agents there are, and who is told of a change."""

    def is_gone(self, identifier: str) -> bool:
        """Tell whether an id is of a watched namespace and no Agent has it."""
        ...

    def changed(self, identifiers: Iterable[str]) -> None:
        """Hear that what the router says about these agents changed."""
        ...

    def keys_changed(self, sources: Iterable[str]) -> None:
        """Hear that what the router says about the keys of these LLMConfigs (`namespace/name`) changed."""
        ...


@dataclass(frozen=True, slots=True)
class SyncState:
    """How an agent's copy in the router is."""

    state: Literal["Synced", "Pending", "Refused", "Unreachable"]
    message: str = ""
    code: str = ""
    param: str = ""


@dataclass(slots=True)
class _Pass:
    """What one pass over the differences met; a router that answers none of the first writes is not asked the rest."""

    answers: int = 0
    failure: RouterUnreachable | None = None
    failures: int = 0

    def has_given_up(self) -> bool:
        return not self.answers and self.failures >= _CONCURRENCY


class RouterSync:
    """The loop, its memory of what is wanted, and what the router last said."""

    def __init__(self, router: Router, agents: Agents, clock: Callable[[], float], *, interval: float = 10.0) -> None:
        self._router = router
        self._agents = agents
        self._clock = clock
        self._interval = interval
        self._wanted: dict[str, WantedRecord] = {}
        self._pending_since: dict[str, float] = {}
        self._there: dict[str, str | None] = {}
        self._refused: dict[str, tuple[str, SyncState]] = {}
        self._failing: dict[str, tuple[int, str]] = {}
        """Records that alone could not be written or removed: how often in a row, and what the router said."""
        self._usage = UsageBoard(clock)
        self._troubles: dict[str, KeyTrouble] = {}
        self._failures = 0
        self._down: SyncState | None = None
        self._wake = asyncio.Event()

    def want(self, record: WantedRecord) -> None:
        """Say what the router's copy of an agent should be."""
        before = self._wanted.get(record.id)
        if before is None or before.revision != record.revision:
            self._wanted[record.id] = record
            self._refused.pop(record.id, None)
            self._failing.pop(record.id, None)
            if self._there.get(record.id) != record.revision:
                self._pending_since.setdefault(record.id, self._clock())
                self._wake.set()

    def forget(self, identifier: str) -> None:
        """Say that an Agent is gone; its record is removed."""
        self._wanted.pop(identifier, None)
        self._pending_since.pop(identifier, None)
        self._refused.pop(identifier, None)
        self._failing.pop(identifier, None)
        self._usage.forget(identifier)
        if identifier in self._there:
            self._wake.set()

    def state(self, identifier: str) -> SyncState:
        """Return how the router's copy of an agent is."""
        if self._down is not None:
            return self._down
        wanted = self._wanted.get(identifier)
        refused = self._refused.get(identifier)
        if refused is not None and wanted is not None and refused[0] == wanted.revision:
            return refused[1]
        # Without a wish (the Agent cannot be built just now) what the router has is the last good state.
        if identifier in self._there and (wanted is None or self._there[identifier] == wanted.revision):
            return SyncState("Synced")
        times, message = self._failing.get(identifier, (0, ""))
        return SyncState("Unreachable", message) if times >= _FAILURES_UNTIL_DOWN else SyncState("Pending")

    def usage(self, identifier: str) -> AgentUsage | None:
        """Return what an agent used this month, as it is to be shown; None while unknown."""
        return self._usage.find(identifier)

    def key_trouble(self, source: str) -> KeyTrouble | None:
        """Return what is wrong with a key of an LLMConfig, `namespace/name`, if its provider refuses it."""
        return self._troubles.get(source)

    def lag_seconds(self) -> float:
        """Return for how long the oldest difference has been waiting."""
        return max((self._clock() - since for since in self._pending_since.values()), default=0.0)

    async def look(self) -> None:
        """Look at the router once before the first reconcile, so that a start finds things as they were left."""
        try:
            await self._list()
            await self._poll()
        except RouterError as error:
            self._failures = _FAILURES_UNTIL_DOWN - 1
            self._failed(error)

    async def run(self) -> None:
        """Run until cancelled."""
        full_at = self._clock() + (0 if self._failures else self._interval)
        while True:
            self._wake.clear()
            full = self._clock() >= full_at or self._down is not None
            if full:
                full_at = self._clock() + self._interval
            try:
                await self.synchronise(full=full)
            except RouterError as error:
                self._failed(error)
                away = isinstance(error, RouterUnreachable)
                full_at = self._clock() + (min(self._interval, _RETRY_SECONDS) if away else self._interval)
            if self._failures:
                self._agents.changed(self._usage.show())  # what it last said and is not shown yet need not wait for it
            await self._pause(full_at)

    async def synchronise(self, *, full: bool) -> None:
        """Write the differences once; with `full`, first look at what the router has.

        Raises:
            RouterError: the router refused the list, or does not answer.
        """
        if full:
            await self._list()
        differing = [want for want in self._wanted.values() if self._there.get(want.id) != want.revision]
        gone = [identifier for identifier in self._there if self._agents.is_gone(identifier)]
        # What failed alone is tried again at its own pace, and after all others.
        differing = sorted((w for w in differing if full or w.id not in self._failing), key=self._has_failed)
        gone = [identifier for identifier in gone if full or identifier not in self._failing]
        gate, met = asyncio.Semaphore(_CONCURRENCY), _Pass()
        await asyncio.gather(
            *(self._attempt(want.id, partial(self._put, want), gate, met) for want in differing),
            *(self._attempt(identifier, partial(self._delete, identifier), gate, met) for identifier in gone),
        )
        if met.failure is not None and not met.answers and not full:
            raise met.failure
        if full:
            await self._poll()
        self._answered()

    def _has_failed(self, want: WantedRecord) -> bool:
        return want.id in self._failing

    async def _list(self) -> None:
        records = await self._router.list_agents()
        self._there = {record.id: record.revision for record in records.values() if record.managed_by == "operator"}
        self._settle_pending()

    async def _attempt(
        self, identifier: str, write: Callable[[], Awaitable[None]], gate: asyncio.Semaphore, met: _Pass
    ) -> None:
        """Write one record; that it fails is remembered for its agent alone."""
        async with gate:
            if met.has_given_up():
                return
            try:
                await write()
            except RouterError as error:
                times, _ = self._failing.get(identifier, (0, ""))
                self._failing[identifier] = (times + 1, str(error))
                if isinstance(error, RouterUnreachable):
                    met.failure, met.failures = error, met.failures + 1
                else:
                    met.answers += 1
                if times + 1 == _FAILURES_UNTIL_DOWN:
                    logger.warning("router cannot take a record", agent=identifier, error=str(error))
                    self._agents.changed((identifier,))
            else:
                met.answers += 1
                self._failing.pop(identifier, None)

    async def _put(self, want: WantedRecord) -> None:
        try:
            await self._router.put_agent(want.id, want.body)
        except RouterUnreachable:
            raise
        except RouterError as error:
            self._refuse(want, error)
            return
        self._there[want.id] = want.revision
        self._refused.pop(want.id, None)
        if (wanted := self._wanted.get(want.id)) is None or wanted.revision == want.revision:
            self._pending_since.pop(want.id, None)
        self._agents.changed((want.id,))

    async def _delete(self, identifier: str) -> None:
        await self._router.delete_agent(identifier)
        self._there.pop(identifier, None)
        logger.info("agent removed from the router", agent=identifier)

    def _refuse(self, want: WantedRecord, error: RouterError) -> None:
        state = SyncState("Refused", str(error), error.code, error.param)
        if self._refused.get(want.id) != (want.revision, state):
            self._refused[want.id] = (want.revision, state)
            self._agents.changed((want.id,))

    def _settle_pending(self) -> None:
        for identifier in tuple(self._pending_since):
            wanted = self._wanted.get(identifier)
            if wanted is None or self._there.get(identifier) == wanted.revision:
                del self._pending_since[identifier]

    async def _poll(self) -> None:
        """Hear what the router says of agents beside their records, which are right whatever becomes of this."""
        await self._poll_usage()
        try:
            said = await self._router.key_troubles()
        except RouterUnreachable:
            raise
        except RouterError as error:
            logger.warning("router does not tell which keys are refused", error=str(error), code=error.code)
            return
        troubles = {trouble.source: trouble for trouble in sorted(said, key=repr) if trouble.source}
        sources = troubles.keys() | self._troubles.keys()
        changed = {source for source in sources if troubles.get(source) != self._troubles.get(source)}
        self._troubles = troubles
        self._agents.keys_changed(changed)

    async def _poll_usage(self) -> None:
        first = not self._usage.is_known
        try:
            self._usage.take(await self._router.usage())
        except RouterUnreachable:
            raise
        except RouterError as error:
            logger.warning("router does not tell usage", error=str(error), code=error.code)
            return
        changed = self._usage.show()
        self._agents.changed(self._wanted if first else changed)

    def _failed(self, error: RouterError) -> None:
        self._failures += 1
        if self._failures == _FAILURES_UNTIL_DOWN:
            logger.warning("router unreachable", error=str(error), code=error.code)
            self._down = SyncState("Unreachable", str(error), error.code)
            self._agents.changed(self._wanted)

    def _answered(self) -> None:
        self._failures = 0
        if self._down is not None:
            logger.info("router answers again")
            self._down = None
            self._agents.changed(self._wanted)

    async def _pause(self, until: float) -> None:
        # While the router is down a new wish does not hurry the next try.
        wake = asyncio.sleep(max(0.0, until - self._clock())) if self._failures else self._wake.wait()
        try:
            await asyncio.wait_for(wake, max(0.0, until - self._clock()) + 0.001)
        except TimeoutError:
            return
