"""Parsers for the variables about mail: text in, value out, `ValueError` with the remedy otherwise.

No message repeats the text it was given: it may be a secret.
"""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

__all__ = ["MailServer", "check_mail_domain", "parse_imap_url", "parse_smtp_url"]

_DOMAIN: Final = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
_PORTS: Final = {"smtp": 587, "smtps": 465, "imap": 143, "imaps": 993}


@dataclass(frozen=True, slots=True)
class MailServer:
    """A server that takes mail or has it.

    Attributes:
        is_tls: Whether the connection begins encrypted; else STARTTLS follows where a user name is given.
        folder: Of an IMAP server.
    """

    host: str
    port: int
    is_tls: bool
    user: str | None
    password: str | None = field(repr=False)
    folder: str = "INBOX"

    @property
    def needs_starttls(self) -> bool:
        """Whether a connection that began in the clear must be encrypted before anything secret is said."""
        return not self.is_tls and self.user is not None


def parse_smtp_url(text: str) -> MailServer:
    """Read `smtp://user:password@host:587` or `smtps://…`. Raises `ValueError`."""
    return _server(text, ("smtp", "smtps"), "must be a URL such as smtp://user:password@mail.example.com:587")


def parse_imap_url(text: str) -> MailServer:
    """Read `imaps://user:password@host/INBOX` or `imap://…`. Raises `ValueError`."""
    server = _server(text, ("imap", "imaps"), "must be a URL such as imaps://user:password@mail.example.com/INBOX")
    if server.user is None or server.password is None:
        raise ValueError("must hold user name and password: imaps://user:password@mail.example.com/INBOX")
    return server


def check_mail_domain(text: str) -> str:
    """Return a domain in lower case. Raises `ValueError`."""
    domain = text.strip().lower()
    if not _DOMAIN.fullmatch(domain):
        raise ValueError("must be domains such as mail.example.com, without @")
    return domain


def _server(text: str, schemes: tuple[str, str], remedy: str) -> MailServer:
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise ValueError(remedy) from None
    if parts.scheme not in schemes or not host or parts.query or parts.fragment:
        raise ValueError(remedy)
    if (parts.username is None) != (parts.password is None):
        raise ValueError("must hold both user name and password, or neither")
    user = None if parts.username is None else unquote(parts.username)
    password = None if parts.password is None else unquote(parts.password)
    folder = unquote(parts.path.strip("/")) or "INBOX"
    return MailServer(host, port, parts.scheme == schemes[1], user, password, folder)
