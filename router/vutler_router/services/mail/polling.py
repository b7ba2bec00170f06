"""Looks for mail on an IMAP server, now and then."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import structlog

from vutler_router.domain.claim_store import ClaimStore
from vutler_router.domain.mail_server import MailSource
from vutler_router.errors import UpstreamUnavailable
from vutler_router.services.leases import Leases
from vutler_router.services.mail.intake import MailIntake
from vutler_router.services.mail.parsing import mail_from_raw
from vutler_router.services.rounds import Rounds

__all__ = ["MailPolling"]

_WORK = "imap"

_log = structlog.get_logger(__name__)


class MailPolling:
    """Takes what is unseen in the folder; of several processes one looks.

    A mail is marked as seen when it is kept. Dying in between brings it once more, which changes nothing.

    Args:
        source: The folder.
        claims: How processes share the work.
        intake: Keeps mails.
        now: The time, UTC.
        interval: Seconds between two looks.
    """

    def __init__(
        self,
        source: MailSource,
        claims: ClaimStore,
        intake: MailIntake,
        now: Callable[[], datetime],
        *,
        interval: float,
    ) -> None:
        self._source = source
        self._leases = Leases(claims, now)
        self._intake = intake
        self._pause = timedelta(seconds=interval)
        self._closing = False
        self._rounds = Rounds("mail-polling", self.look, pause=interval, longest=interval)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look for the life of the block."""
        async with self._rounds.running():
            try:
                yield
            finally:
                self._closing = True

    async def look(self) -> None:
        """Bring what is new to its agents. Raises `StorageError`."""
        claim = None if self._closing else await self._leases.take(_WORK)
        if claim is None:
            return
        async with self._leases.kept(claim):
            try:
                await self._bring()
            except UpstreamUnavailable as error:
                _log.warning("mail not looked for", code=error.code, error=error.message)
            await self._leases.again_in(claim, self._pause / 2)

    async def _bring(self) -> None:
        fetched = await self._source.unseen()
        for mail in fetched:
            await self._intake.take(await asyncio.to_thread(mail_from_raw, mail.raw))
        await self._source.mark_seen([mail.uid for mail in fetched])
