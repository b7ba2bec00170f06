"""Takes queued mails to the mail server."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from vutler_router.domain.claim_store import ClaimStore
from vutler_router.domain.mail import Mail, MailStatus, MailStore
from vutler_router.domain.mail_server import MailSender
from vutler_router.errors import UpstreamRejected, UpstreamUnavailable
from vutler_router.services.claimed_work import ClaimedWork, Pace, Steps
from vutler_router.services.mail.metrics import MailMetrics

__all__ = ["MailSending"]

_PACE: Final = Pace(4, 0.2, 5.0, timedelta(seconds=10), timedelta(minutes=30))
_LOOKED_AT: Final = 100
_TRIED_FOR: Final = timedelta(days=1)

_log = structlog.get_logger(__name__)


class MailSending:
    """Sends each mail at least once, for up to a day.

    Of several processes one claims a mail. One that dies after the server took a mail and before that was noted leaves
    it to be sent again, with the same Message-ID, by which receivers know it.

    Args:
        store: Where mails wait.
        claims: How processes share them.
        sender: The mail server.
        metrics: Counts what became of mails.
        now: The time, UTC.
    """

    def __init__(
        self,
        store: MailStore,
        claims: ClaimStore,
        sender: MailSender,
        metrics: MailMetrics,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._sender = sender
        self._metrics = metrics
        self._now = now
        steps = Steps(self._waiting, lambda mail: f"mail/{mail.id}", lambda mail: mail.id, self._send)
        self.work: Final = ClaimedWork("mail-sending", steps, claims, now, _PACE)

    async def _waiting(self) -> Sequence[Mail]:
        return await self._store.queued(_LOOKED_AT)

    async def _send(self, mail: Mail, _attempt: int) -> bool:
        known = await self._store.find(mail.id)
        if known is None or known.status is not MailStatus.QUEUED:
            return True
        status, detail = await self._sent(mail)
        if (status, detail) != (known.status, known.detail):
            await self._store.set_status(mail.id, status, detail)
        if status is MailStatus.QUEUED:
            return False
        self._metrics.count("sent" if status is MailStatus.SENT else "failed")
        return True

    async def _sent(self, mail: Mail) -> tuple[MailStatus, str | None]:
        """Hand the mail over, and return what became of it."""
        try:
            refused = await self._sender.send(mail)
        except UpstreamRejected as error:
            _log.warning("mail refused", mail_id=mail.id, agent_id=mail.agent_id, code=error.code)
            return MailStatus.FAILED, error.message
        except UpstreamUnavailable as error:
            _log.warning("mail not sent", mail_id=mail.id, agent_id=mail.agent_id, code=error.code)
            is_late = self._now() - mail.created_at >= _TRIED_FOR
            return MailStatus.FAILED if is_late else MailStatus.QUEUED, error.message
        if not refused:
            return MailStatus.SENT, None
        return MailStatus.SENT, "Refused: " + "; ".join(f"{address}: {reason}" for address, reason in refused.items())
