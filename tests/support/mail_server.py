"""A real SMTP server on a loopback port, which takes, refuses or is away as the test says."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.mongo import free_port

__all__ = ["MailInbox", "SmtpServer"]


@dataclass
class MailInbox:
    """What the server took, and how it answers.

    Attributes:
        taken: Envelope recipients and the mail, of each that was taken.
        refuses: Recipients and the reply that each gets.
        replies: Replies to the next mails, whole; then they are taken.
    """

    taken: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    replies: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and arguments
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take or refuse a recipient."""
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        """Take or refuse a mail."""
        if self.replies:
            return self.replies.pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=default)
        self.taken.append((list(envelope.rcpt_tos), message))
        return "250 OK"


@dataclass
class SmtpServer:
    """The server; it can be stopped and started again on its port."""

    inbox: MailInbox = field(default_factory=MailInbox)
    port: int = field(default_factory=free_port)
    login: tuple[str, str] | None = None
    _server: asyncio.Server | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls, **fields: tuple[str, str]) -> AsyncIterator[Self]:
        """Serve for the life of the block."""
        server = cls(**fields)  # type: ignore[arg-type]  # only `login` is ever given
        await server.start()
        try:
            yield server
        finally:
            await server.stop()

    async def start(self) -> None:
        """Listen."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, "127.0.0.1", self.port)

    async def stop(self) -> None:
        """Go away."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def _session(self) -> SMTP:
        return SMTP(
            self.inbox,
            hostname="mail.example",
            loop=asyncio.get_running_loop(),
            enable_SMTPUTF8=False,
            auth_required=False,
            authenticator=self._authenticate if self.login else None,
            auth_require_tls=True,
        )

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, said: object
    ) -> AuthResult:
        is_right = isinstance(said, LoginPassword) and (said.login.decode(), said.password.decode()) == self.login
        return AuthResult(success=is_right)
