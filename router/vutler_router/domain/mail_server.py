"""What the router asks of mail servers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from vutler_router.domain.mail import Mail

__all__ = ["FetchedMail", "MailSender", "MailSource"]


class MailSender(Protocol):
    """A way to other domains."""

    async def send(self, mail: Mail) -> Mapping[str, str]:
        """Hand a mail to the server, and return the recipients it refused with its reasons.

        Raises:
            UpstreamRejected: It refused the mail, or all recipients, for good.
            UpstreamUnavailable: It does not answer, or asks to come again later.
        """
        ...


@dataclass(frozen=True, slots=True)
class FetchedMail:
    """A mail as it lies in a folder."""

    uid: str
    raw: bytes = field(repr=False)


class MailSource(Protocol):
    """A folder into which mail for agents comes.

    Every method raises `UpstreamUnavailable` when the server does not answer as asked.
    """

    async def unseen(self) -> Sequence[FetchedMail]:
        """Return some mails that nobody has seen, the oldest first."""
        ...

    async def mark_seen(self, uids: Sequence[str]) -> None:
        """Note that these are kept by us."""
        ...
