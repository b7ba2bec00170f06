"""Takes the Lease, keeps it, gives it back: the I/O around an election."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final, NoReturn, Protocol

import structlog

from vutler_operator.errors import ClusterError, Conflict, Forbidden, LeadershipLost, NotFound
from vutler_operator.leadership.election import Election, Terms
from vutler_operator.resources.lease import Lease, micro_time
from vutler_operator.settings import SettingsError

__all__ = ["Elector", "Record"]

_RELEASE_SECONDS: Final = 3.0

logger = structlog.get_logger(__name__)


class Record(Protocol):
    """The Lease where all candidates see it."""

    async def read(self) -> Lease | None:
        """Return it, or None if there is none."""
        ...

    async def write(self, lease: Lease) -> Lease:
        """Write it if it is still at the version that was read."""
        ...


class Elector:
    """One process's part in the election."""

    def __init__(
        self,
        record: Record,
        election: Election,
        terms: Terms,
        clock: Callable[[], float],
        now: Callable[[], datetime],
    ) -> None:
        self._record = record
        self._election = election
        self._terms = terms
        self._clock = clock
        self._now = now
        self._has_written = False

    def leads(self) -> bool:
        """Tell whether this process acts."""
        return self._election.leads(self._clock())

    def check(self) -> None:
        """Let nothing be written that another operator may write by now; called right before every write.

        Raises:
            LeadershipLost: this process may not act, or not any more.
        """
        if not self.leads():
            holder = self._election.holder or "nobody"
            raise LeadershipLost(f"another operator may act by now: the lease, of {holder}, is not ours or ran out")

    async def acquire(self, standing_by: Callable[[], None]) -> None:
        """Wait until this process leads; `standing_by` is called when another one is seen to.

        Raises:
            SettingsError: the Lease's namespace is not there.
            Forbidden: the account may not use Leases there.
        """
        known = None
        while True:
            pause = self._terms.look_seconds
            try:
                await self._look()
            except Conflict:
                logger.debug("another operator was faster")
            except Forbidden as error:
                raise Forbidden(
                    f"{error}; the operator needs get, create and patch on leases in OPERATOR_NAMESPACE", error.status
                ) from error
            except ClusterError as error:
                logger.warning("the lease is out of reach", error=str(error))
                pause = self._terms.retry_seconds
            if self.leads():
                logger.info("acting")
                return
            if self._election.holder not in {"", known}:
                known = self._election.holder
                logger.info("standing by", holder=known)
                standing_by()
            await asyncio.sleep(pause)

    async def hold(self) -> NoReturn:
        """Renew the Lease for as long as that succeeds.

        Raises:
            LeadershipLost: it is another's, or was not renewed in time.
        """
        while True:
            await asyncio.sleep(min(self._terms.retry_seconds, self._election.seconds_left(self._clock())))
            self.check()
            try:
                async with asyncio.timeout(self._terms.renew_seconds / 2):
                    await self._renew()
            except (TimeoutError, ClusterError) as error:
                logger.warning("the lease is not renewed", error=str(error) or "no answer in time")
            self.check()

    async def release(self) -> None:
        """Give the Lease up, if it is ours, so that another need not wait; everything that writes has ended before."""
        if not self._has_written:
            return
        try:
            async with asyncio.timeout(_RELEASE_SECONDS):
                # Read first: the answer to the last renewal may have been lost.
                released = self._election.resign(await self._record.read())
                if released is not None:
                    await self._record.write(released)
        except (TimeoutError, ClusterError) as error:
            logger.warning("the lease is not released and has to run out", error=str(error) or "no answer in time")

    async def _look(self) -> None:
        """Read the Lease, and write it if that is our turn."""
        seen = await self._record.read()
        wanted = self._election.decide(seen, self._clock(), micro_time(self._now()))
        if wanted is None:
            return
        try:
            await self._write(wanted)
        except NotFound as error:
            if not wanted.version:
                raise SettingsError(
                    f"OPERATOR_NAMESPACE: operators agree there on the one that acts, and it is not there ({error}); "
                    "create it or name another one"
                ) from error
            raise

    async def _renew(self) -> None:
        wanted = self._election.renewal(micro_time(self._now()))
        try:
            if wanted is not None:
                await self._write(wanted)
                return
        except (Conflict, NotFound):
            logger.info("the lease changed under its holder")
        await self._look()

    async def _write(self, wanted: Lease) -> None:
        self._has_written = True
        sent_at = self._clock()
        self._election.confirm(await self._record.write(wanted), sent_at, self._clock())
