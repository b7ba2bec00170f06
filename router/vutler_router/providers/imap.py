"""Looks for mail in a folder of an IMAP server: the one module that speaks IMAP.

The client blocks, so it works in a thread; every look is a connection of its own.
"""

import asyncio
import imaplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, TypeVar

from imap_tools import AND, BaseMailBox, ImapToolsError, MailBox, MailBoxStartTls, MailMessageFlags
from typing_extensions import override

from vutler_router.domain.mail_server import FetchedMail, MailSource
from vutler_router.errors import UpstreamUnavailable
from vutler_router.settings import MailServer

__all__ = ["ImapSource"]

_NAME: Final = "the IMAP server"
_SECONDS: Final = 30.0
_AT_ONCE: Final = 50
_LARGEST: Final = 10 << 20
"""Bytes; what is larger stays unseen in the folder."""

Found = TypeVar("Found")


class ImapSource(MailSource):
    """One folder. The connection is encrypted before the password is said: from its beginning, or by STARTTLS.

    Args:
        server: Where it is.
        context: Checks the server's certificate.
        seconds: For each answer of the server.
    """

    def __init__(self, server: MailServer, *, context: ssl.SSLContext | None = None, seconds: float = _SECONDS) -> None:
        self._server = server
        self._context = context or ssl.create_default_context()
        self._seconds = seconds

    @override
    async def unseen(self) -> Sequence[FetchedMail]:
        return await self._asked(_fetch)

    @override
    async def mark_seen(self, uids: Sequence[str]) -> None:
        if uids:
            await self._asked(lambda box: _flag(box, uids))

    async def _asked(self, ask: Callable[[BaseMailBox], Found]) -> Found:
        try:
            return await asyncio.to_thread(self._ask, ask)
        except (ImapToolsError, imaplib.IMAP4.error, OSError) as error:
            raise UpstreamUnavailable(
                f"The IMAP server did not do what was asked ({type(error).__name__}); check MAIL_IMAP_URL.",
                provider=_NAME,
                code="imap_server_away",
            ) from error

    def _ask(self, ask: Callable[[BaseMailBox], Found]) -> Found:
        with self._opened() as box:
            return ask(box)

    @contextmanager
    def _opened(self) -> Iterator[BaseMailBox]:
        server = self._server
        kind = MailBox if server.is_tls else MailBoxStartTls
        box = kind(server.host, server.port, timeout=self._seconds, ssl_context=self._context)
        with box.login(server.user or "", server.password or "", initial_folder=server.folder) as opened:
            yield opened


def _fetch(box: BaseMailBox) -> Sequence[FetchedMail]:
    found = box.fetch(AND(seen=False, size_lt=_LARGEST), mark_seen=False, limit=_AT_ONCE)
    return [FetchedMail(mail.uid, mail.obj.as_bytes()) for mail in found if mail.uid]


def _flag(box: BaseMailBox, uids: Sequence[str]) -> None:
    box.flag(uids, MailMessageFlags.SEEN, True)
