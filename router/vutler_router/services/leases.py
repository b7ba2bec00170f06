"""Keeps a claim for as long as its work takes, and no longer than the process lives."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from vutler_router.domain.claim_store import Claim, ClaimStore
from vutler_router.errors import StorageError

__all__ = ["LEASE", "Leases"]

LEASE: Final = timedelta(seconds=30)
"""After this long without a sign of life somebody else takes the work on."""

_log = structlog.get_logger(__name__)


class Leases:
    """Takes work on and keeps it.

    Args:
        claims: How processes share work.
        now: The time, UTC.
        lease: How long a claim lasts without being kept.
    """

    def __init__(self, claims: ClaimStore, now: Callable[[], datetime], lease: timedelta = LEASE) -> None:
        self._claims = claims
        self._now = now
        self._lease = lease

    async def take(self, work: str) -> Claim | None:
        """Take work on; None when somebody else has. Raises `StorageError`."""
        now = self._now()
        return await self._claims.take(work, now=now, until=now + self._lease)

    async def again_in(self, claim: Claim, pause: timedelta) -> None:
        """Leave work to be taken on anew after a pause. Raises `StorageError`."""
        await self._claims.extend(claim, self._now() + pause)

    @contextlib.asynccontextmanager
    async def kept(self, claim: Claim) -> AsyncIterator[None]:
        """Keep a claim for the life of the block; whoever is cancelled in it leaves the work to others at once."""
        keeping = asyncio.create_task(self._keep(claim), name="lease")
        try:
            yield
        except asyncio.CancelledError:
            with contextlib.suppress(StorageError):
                await self.again_in(claim, timedelta())
            raise
        finally:
            keeping.cancel()
            await asyncio.wait({keeping})

    async def _keep(self, claim: Claim) -> None:
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            try:
                await self._claims.extend(claim, self._now() + self._lease)
            except StorageError as error:
                _log.warning("claim not kept", work=claim.work, error=error.message)
