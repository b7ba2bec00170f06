"""Brings mail from outside into the mailboxes of the agents that it names."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from vutler_router.domain.breaker_store import stored_time
from vutler_router.domain.mail import Direction, Mail, MailStatus
from vutler_router.services.mail.addresses import EMAIL_TOOL, Addresses
from vutler_router.services.mail.metrics import MailMetrics
from vutler_router.services.mail.parsing import ArrivedMail
from vutler_router.services.mail.service import MailService

__all__ = ["MailIntake", "Taken"]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one mail: mailboxes that it is new in, those that had it, and addresses that nobody has."""

    stored: int = 0
    duplicates: int = 0
    unknown: int = 0


class MailIntake:
    """Takes mails from outside.

    Args:
        mails: Puts them into mailboxes.
        addresses: Knows whom an address means.
        metrics: Counts addresses that nobody has.
        now: The time, UTC.
    """

    def __init__(
        self, mails: MailService, addresses: Addresses, metrics: MailMetrics, now: Callable[[], datetime]
    ) -> None:
        self._mails = mails
        self._addresses = addresses
        self._metrics = metrics
        self._now = now

    async def take(self, arrived: ArrivedMail) -> Taken:
        """Keep a mail for every agent that it names and that has the tool `email`; the same mail twice changes nothing.

        Raises:
            StorageError: The database is away; take the mail again later.
        """
        found = [self._addresses.agent_at(address) for address in arrived.recipients]
        agents = {agent.id: agent for agent in found if agent is not None and EMAIL_TOOL in agent.tools}
        stored = 0
        for agent in agents.values():
            mail = self._mail(arrived, agent.id, agent.workspace_id)
            stored += await self._mails.deliver(agent, mail, wakes=not arrived.is_automatic)
        if not agents:
            self._metrics.count("unknown_address")
        return Taken(stored, len(agents) - stored, 0 if agents else 1)

    def _mail(self, arrived: ArrivedMail, agent_id: str, workspace_id: str) -> Mail:
        return Mail(
            id="",
            workspace_id=workspace_id,
            agent_id=agent_id,
            direction=Direction.IN,
            sender=arrived.sender,
            recipients=arrived.recipients,
            subject=arrived.subject,
            text=arrived.text,
            message_id=arrived.message_id,
            status=MailStatus.RECEIVED,
            created_at=stored_time(self._now()),
            in_reply_to=arrived.in_reply_to,
            is_external=True,
        )
