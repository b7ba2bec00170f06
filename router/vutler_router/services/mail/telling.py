"""Tells agents of the mail that they got."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from vutler_router.domain.claim_store import ClaimStore
from vutler_router.domain.mail import Mail, MailStore
from vutler_router.errors import RouterError
from vutler_router.services.agent_voice import AGENT_TOO_SLOW, AgentVoice
from vutler_router.services.claimed_work import ClaimedWork, Pace, Steps
from vutler_router.services.mail.metrics import MailMetrics
from vutler_router.services.mail.prompts import mail_prompt

__all__ = ["MailTelling"]

_PACE: Final = Pace(8, 0.1, 2.0, timedelta(seconds=5), timedelta(minutes=10))
_LOOKED_AT: Final = 200
_SESSION: Final = "mail"
_TOLD_WITHIN: Final = timedelta(days=1)
"""Later the agent is not told any more; the mail is in its mailbox all the same."""

_log = structlog.get_logger(__name__)


class MailTelling:
    """Wakes each agent once for each mail, normally; one that cannot be reached is tried for a day.

    Args:
        store: Where mails wait.
        claims: How processes share them.
        voice: Speaks to agents.
        metrics: Counts what agents were told.
        now: The time, UTC.
    """

    def __init__(
        self,
        store: MailStore,
        claims: ClaimStore,
        voice: AgentVoice,
        metrics: MailMetrics,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._voice = voice
        self._metrics = metrics
        self._now = now
        steps = Steps(self._waiting, lambda mail: f"told/{mail.id}", lambda mail: mail.agent_id, self._tell)
        self.work: Final = ClaimedWork("mail-telling", steps, claims, now, _PACE)

    async def _waiting(self) -> Sequence[Mail]:
        return await self._store.waiting(_LOOKED_AT)

    async def _tell(self, mail: Mail, _attempt: int) -> bool:
        known = await self._store.find(mail.id)
        if known is None or not known.waiting:
            return True
        is_done = await self._told(mail)
        if is_done:
            await self._store.settle(mail.id)
        return is_done

    async def _told(self, mail: Mail) -> bool:
        """Tell the agent, and say whether that is the end of it."""
        try:
            if self._now() - mail.created_at < _TOLD_WITHIN:
                await self._voice.ask(mail.agent_id, mail_prompt(mail), session=_SESSION)
                self._metrics.count("told")
                return True
        except RouterError as error:
            _log.warning("agent not told of its mail", mail_id=mail.id, agent_id=mail.agent_id, code=error.code)
            # A stopped agent is told when it runs again; one without a gateway never hears.
            if (error.retryable or error.code == "agent_stopped") and error.code != AGENT_TOO_SLOW:
                return False
        self._metrics.count("untold")
        return True
