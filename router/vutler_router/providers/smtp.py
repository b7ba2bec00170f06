"""Hands mails to the platform's SMTP server: the one module that speaks SMTP."""

from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from http import HTTPStatus
from typing import Final

import aiosmtplib
from typing_extensions import override

from vutler_router.domain.mail import Mail
from vutler_router.domain.mail_server import MailSender
from vutler_router.errors import UpstreamRejected, UpstreamUnavailable
from vutler_router.settings import MailServer

__all__ = ["SmtpSender", "mail_message"]

_NAME: Final = "the mail server"
_SECONDS: Final = 30.0
_LONGEST_REASON: Final = 200
_PERMANENT: Final = HTTPStatus.INTERNAL_SERVER_ERROR.value
"""SMTP's replies from 500 are for good, those from 400 for the moment (RFC 5321, section 4.2.1)."""


class SmtpSender(MailSender):
    """One server, a connection for each mail.

    With a user name the connection is encrypted, and the certificate checked, before the password is said. Without one
    it is encrypted where the server offers that.
    """

    def __init__(self, server: MailServer, *, seconds: float = _SECONDS) -> None:
        self._server = server
        self._seconds = seconds

    @override
    async def send(self, mail: Mail) -> Mapping[str, str]:
        server = self._server
        try:
            refused, _ = await aiosmtplib.send(
                mail_message(mail),
                sender=mail.sender,
                recipients=list(mail.remote),
                hostname=server.host,
                port=server.port,
                username=server.user,
                password=server.password,
                use_tls=server.is_tls,
                start_tls=True if server.needs_starttls else None,
                validate_certs=server.is_tls or server.user is not None,
                local_hostname="vutler-router",
                timeout=self._seconds,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _all_refused(error) from error
        except aiosmtplib.SMTPAuthenticationError as error:
            # The owner has to correct MAIL_SMTP_URL; until then mails wait.
            raise _away("refuses the user name or password", error) from error
        except aiosmtplib.SMTPResponseException as error:
            raise _refused(error.code, error.message, error) from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise _away("could not be reached, or broke off", error) from error
        return {recipient: _reason(response.code, response.message) for recipient, response in refused.items()}


def mail_message(mail: Mail) -> EmailMessage:
    """Write a mail as it goes out: always the same for the same mail."""
    message = EmailMessage(policy=SMTP)
    message["From"] = mail.sender
    message["To"] = ", ".join(mail.recipients)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = mail.message_id
    if mail.in_reply_to is not None:
        message["In-Reply-To"] = mail.in_reply_to
        message["References"] = mail.in_reply_to
    # So that no vacation notice and no other agent answers by itself (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    return message


def _all_refused(error: aiosmtplib.SMTPRecipientsRefused) -> UpstreamRejected | UpstreamUnavailable:
    """Say that no recipient was taken; it is for good unless one may be taken later."""
    first = error.recipients[0]
    code = min(refused.code for refused in error.recipients)
    return _refused(code, first.message, error)


def _refused(code: int, message: str, error: Exception) -> UpstreamRejected | UpstreamUnavailable:
    if code < _PERMANENT:
        return _away(f"says to come again later ({_reason(code, message)})", error)
    return UpstreamRejected(f"The mail server refuses: {_reason(code, message)}", provider=_NAME, code="mail_refused")


def _away(what: str, error: Exception) -> UpstreamUnavailable:
    return UpstreamUnavailable(
        f"The mail server {what} ({type(error).__name__}).", provider=_NAME, code="mail_server_away"
    )


def _reason(code: int, message: str) -> str:
    words = "".join(character if character.isprintable() else " " for character in message)
    return f"{code} {words}"[:_LONGEST_REASON]
