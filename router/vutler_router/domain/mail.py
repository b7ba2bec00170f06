"""Mails of agents, and the port behind which they are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

__all__ = ["MAILS_KEPT", "Direction", "Mail", "MailPage", "MailStatus", "MailStore"]

MAILS_KEPT: Final = 5_000
"""Of each mailbox, the newest."""


class Direction(StrEnum):
    """Whether the mailbox's agent got a mail or sent it."""

    IN = "in"
    OUT = "out"


class MailStatus(StrEnum):
    """What became of a mail."""

    RECEIVED = "received"
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail in one mailbox.

    Attributes:
        id: Of a received one made from mailbox and Message-ID, so that it is kept once.
        agent_id: Whose mailbox.
        sender: An address.
        recipients: Addresses, all of them.
        remote: Those of the recipients that a mail server is to take it to.
        message_id: With its angle brackets.
        detail: Why it failed, or which recipients were refused.
        depth: 0 for mail from outside; what an agent sends is one deeper than the mail it was last woken by.
        is_external: Whether it came from outside.
        wakes: Whether the agent was, or is to be, told of it.
        waiting: Whether it is still to be told.
        created_at: UTC in whole milliseconds.
    """

    id: str
    workspace_id: str
    agent_id: str
    direction: Direction
    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    message_id: str
    status: MailStatus
    created_at: datetime
    in_reply_to: str | None = None
    remote: tuple[str, ...] = ()
    detail: str | None = None
    depth: int = 0
    is_external: bool = False
    wakes: bool = False
    waiting: bool = False

    @property
    def place(self) -> str:
        """Where it stands in its mailbox, as a text that sorts by time."""
        return f"{int(self.created_at.timestamp() * 1000):012x}-{self.id}"


@dataclass(frozen=True, slots=True)
class MailPage:
    """Some mails, the newest first, and where to go on."""

    mails: Sequence[Mail]
    next_cursor: str | None


class MailStore(Protocol):
    """Keeps mails.

    Every method raises `StorageError` when the database does not answer in time.
    """

    async def add(self, mail: Mail) -> bool:
        """Keep a mail; False when one of that id is kept already. The oldest beyond `MAILS_KEPT` go."""
        ...

    async def find(self, mail_id: str) -> Mail | None:
        """Return the mail of this id."""
        ...

    async def page(self, agent_id: str, *, limit: int, cursor: str | None) -> MailPage:
        """Return mails of a mailbox, the newest first, older than the one at `cursor`."""
        ...

    async def sent_since(self, agent_id: str, since: datetime) -> int:
        """Return how many mails an agent has sent, whatever became of them."""
        ...

    async def queued(self, limit: int) -> Sequence[Mail]:
        """Return mails that are to be sent, the oldest first."""
        ...

    async def set_status(self, mail_id: str, status: MailStatus, detail: str | None) -> None:
        """Note what became of a mail."""
        ...

    async def waiting(self, limit: int) -> Sequence[Mail]:
        """Return mails that their agents are to be told of, the oldest first."""
        ...

    async def settle(self, mail_id: str) -> None:
        """Note that an agent was told of a mail, or never will be."""
        ...

    async def last_wake(self, agent_id: str, *, since: datetime) -> Mail | None:
        """Return the newest mail that an agent was told of, or is to be."""
        ...
