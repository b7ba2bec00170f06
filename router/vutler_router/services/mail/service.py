"""Mail for agents: what the API and the agents' tools call."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from vutler_router.domain.agent import Agent
from vutler_router.domain.breaker_store import stored_time
from vutler_router.domain.mail import Direction, Mail, MailPage, MailStatus, MailStore
from vutler_router.domain.scope import Scope
from vutler_router.errors import Forbidden, InvalidRequest, LimitExceeded, NotFound
from vutler_router.services.channels.words import checked_text
from vutler_router.services.mail.addresses import EMAIL_TOOL, Addresses
from vutler_router.services.mail.metrics import MailMetrics

__all__ = ["LONGEST_MAIL", "MOST_RECIPIENTS", "MailService", "received_id"]

MOST_RECIPIENTS: Final = 20
LONGEST_MAIL: Final = 256 << 10
"""Bytes of text in UTF-8."""

DEEPEST: Final = 4
"""Mails between agents that lie as deep as this are kept, but wake nobody: so a correspondence comes to its end."""

_LONGEST_SUBJECT: Final = 256
_LONGEST_REFERENCE: Final = 500
_HOUR: Final = timedelta(hours=1)


class MailService:
    """Sends, lists, reads and answers.

    Every method raises `Forbidden` for an agent without the tool `email` and `StorageError` when the database is away.

    Args:
        store: Where mails are kept.
        addresses: Knows whom an address means.
        metrics: Counts mails.
        now: The time, UTC.
        new_id: Makes ids that no mail has had.
        per_hour: Mails that an agent may send in an hour.
        has_server: Whether there is a server that takes mail elsewhere.
        on_kept: Told that a mail waits to be sent or to be told of.
    """

    def __init__(
        self,
        store: MailStore,
        addresses: Addresses,
        metrics: MailMetrics,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        *,
        per_hour: int,
        has_server: bool,
        on_kept: Callable[[], None],
    ) -> None:
        self._store = store
        self._addresses = addresses
        self._metrics = metrics
        self._now = now
        self._new_id = new_id
        self._per_hour = per_hour
        self._has_server = has_server
        self._on_kept = on_kept

    async def send(
        self, scope: Scope, to: Sequence[str], subject: str, body: str, in_reply_to: str | None = None
    ) -> Mail:
        """Send a mail: to agents of the workspace at once, elsewhere by the mail server.

        Args:
            scope: The agent that sends it.
            to: At most `MOST_RECIPIENTS` names of agents or addresses.
            subject: One line.
            body: Plain text of at most `LONGEST_MAIL` bytes.
            in_reply_to: The Message-ID of the mail that it answers.

        Raises:
            InvalidRequest: A recipient, the subject or the text is none.
            Forbidden: A recipient is elsewhere, and agents may not write there.
            LimitExceeded: The agent has sent as much as it may in an hour.
        """
        agent = _mailbox(scope)
        recipients = list(dict.fromkeys(to))
        if not 1 <= len(recipients) <= MOST_RECIPIENTS:
            raise InvalidRequest(f"A mail has 1 to {MOST_RECIPIENTS} recipients.", param="to")
        colleagues, remote = self._sorted(agent, recipients)
        title, text = _line(subject), checked_text(body, param="body", longest=LONGEST_MAIL)
        reference = None if in_reply_to is None else _reference(in_reply_to)
        await self._check_pace(agent)
        now, mail_id = stored_time(self._now()), self._new_id()
        mail = Mail(
            id=mail_id,
            workspace_id=agent.workspace_id,
            agent_id=agent.id,
            direction=Direction.OUT,
            sender=self._addresses.of(agent),
            recipients=(*(self._addresses.of(colleague) for colleague in colleagues), *remote),
            subject=title,
            text=text,
            message_id=f"<{mail_id}@{self._addresses.domain or agent.workspace_id}>",
            status=MailStatus.QUEUED if remote else MailStatus.SENT,
            created_at=now,
            in_reply_to=reference,
            remote=tuple(remote),
            depth=await self._depth(agent),
        )
        await self._store.add(mail)
        self._metrics.count("queued" if remote else "sent")
        for colleague in colleagues:
            await self.deliver(colleague, mail)
        self._on_kept()
        return mail

    async def deliver(self, agent: Agent, mail: Mail, *, wakes: bool = True) -> bool:
        """Put a copy of a mail into an agent's mailbox; False when it is there already."""
        wakes = wakes and mail.depth < DEEPEST
        copy = Mail(
            id=received_id(agent.id, mail.message_id),
            workspace_id=agent.workspace_id,
            agent_id=agent.id,
            direction=Direction.IN,
            sender=mail.sender,
            recipients=mail.recipients,
            subject=mail.subject,
            text=mail.text,
            message_id=mail.message_id,
            status=MailStatus.RECEIVED,
            created_at=stored_time(self._now()),
            in_reply_to=mail.in_reply_to,
            depth=mail.depth,
            is_external=mail.is_external,
            wakes=wakes,
            waiting=wakes,
        )
        is_new = await self._store.add(copy)
        self._metrics.count("received" if is_new else "duplicate")
        self._on_kept()
        return is_new

    async def list(self, scope: Scope, *, limit: int = 50, cursor: str | None = None) -> MailPage:
        """Return mails of the agent's mailbox, sent and received, the newest first."""
        return await self._store.page(_mailbox(scope).id, limit=limit, cursor=cursor)

    async def read(self, scope: Scope, mail_id: str) -> Mail:
        """Return a mail of the agent's mailbox. Raises `NotFound`."""
        agent, mail = _mailbox(scope), await self._store.find(mail_id)
        if mail is None or mail.agent_id != agent.id:
            raise NotFound("There is no such mail in this mailbox.", code="mail_not_found")
        return mail

    async def reply(self, scope: Scope, mail_id: str, body: str) -> Mail:
        """Answer a mail: to its sender, or once more to the recipients of one that the agent sent itself.

        Raises:
            NotFound: There is no such mail.
            InvalidRequest: There is nobody to answer, or the text is none.
            Forbidden, LimitExceeded: As when sending.
        """
        mail = await self.read(scope, mail_id)
        to = (mail.sender,) if mail.direction is Direction.IN else mail.recipients
        subject = mail.subject if mail.subject.lower().startswith("re:") else f"Re: {mail.subject}"
        return await self.send(scope, to, subject[:_LONGEST_SUBJECT], body, mail.message_id)

    def _sorted(self, agent: Agent, recipients: Sequence[str]) -> tuple[Sequence[Agent], Sequence[str]]:
        """Tell colleagues from addresses elsewhere, each once."""
        colleagues, remote = {}, {}
        for recipient in recipients:
            colleague = self._addresses.colleague(agent, recipient)
            if colleague is not None:
                colleagues[colleague.id] = colleague
            elif not self._has_server:
                raise Forbidden(
                    "The platform has no mail server (MAIL_SMTP_URL): agents can write to agents of their workspace.",
                    code="no_mail_server",
                    param="to",
                )
            else:
                address = self._addresses.remote(recipient)
                remote[address.lower()] = address
        return tuple(colleagues.values()), tuple(remote.values())

    async def _check_pace(self, agent: Agent) -> None:
        if await self._store.sent_since(agent.id, self._now() - _HOUR) >= self._per_hour:
            raise LimitExceeded(
                f"Agent {agent.id} has sent {self._per_hour} mails within an hour, which is the most (MAIL_PER_HOUR).",
                code="mail_limit",
                retry_after=_HOUR.total_seconds() / self._per_hour,
            )

    async def _depth(self, agent: Agent) -> int:
        woken_by = await self._store.last_wake(agent.id, since=self._now() - _HOUR)
        return 1 if woken_by is None else woken_by.depth + 1


def received_id(agent_id: str, message_id: str) -> str:
    """Return the id of a mail in the mailbox of an agent that got it: the same however often it comes."""
    seed = f"{agent_id}\n{message_id}"
    return f"mail_{hashlib.sha256(seed.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def _mailbox(scope: Scope) -> Agent:
    scope.require_tool(EMAIL_TOOL)
    if scope.agent is None:
        raise InvalidRequest("Mail belongs to an agent; name one.", param="agent_id")
    return scope.agent


def _line(subject: str) -> str:
    title = subject.strip()
    if len(title) > _LONGEST_SUBJECT or not (title.isprintable() or not title):
        raise InvalidRequest(f"subject is one line of at most {_LONGEST_SUBJECT} characters.", param="subject")
    return title


def _reference(text: str) -> str:
    reference = text.strip()
    plain = reference.isascii() and reference.isprintable() and " " not in reference
    if not plain or len(reference) > _LONGEST_REFERENCE or reference[:1] != "<" or reference[-1:] != ">":
        raise InvalidRequest("in_reply_to is a Message-ID such as <1@example.com>.", param="in_reply_to")
    return reference
