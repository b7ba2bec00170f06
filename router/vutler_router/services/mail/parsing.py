"""Reads mails that come from outside, whatever is wrong with them."""

import hashlib
import re
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage, MIMEPart
from email.policy import default
from email.utils import getaddresses
from typing import Final

from vutler_router.services.mail.html_text import text_of_html
from vutler_router.services.mail.service import LONGEST_MAIL

__all__ = ["ArrivedMail", "cut_text", "mail_from_raw"]

_MOST_ADDRESSES: Final = 100
_LONGEST_LINE: Final = 500
_CUT: Final = "\n… (cut: longer than a mail may be)"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_BULK: Final = frozenset({"bulk", "junk", "list", "auto_reply"})
_RECIPIENTS: Final = ("Delivered-To", "X-Original-To", "To", "Cc")


@dataclass(frozen=True, slots=True)
class ArrivedMail:
    """A mail from outside; `is_automatic` says that a program wrote it, to which no agent is to answer."""

    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str = field(repr=False)
    message_id: str
    in_reply_to: str | None = None
    is_automatic: bool = False


def mail_from_raw(raw: bytes) -> ArrivedMail:
    """Read a whole mail (RFC 5322) with its plain text, or else its HTML reduced to text; attachments are left out."""
    message = message_from_bytes(raw, policy=default)
    senders, recipients = (
        _addresses(message, "From"),
        dict.fromkeys(address for name in _RECIPIENTS for address in _addresses(message, name)),
    )
    automatic = _header(message, "Auto-Submitted").lower() not in {"", "no"} or bool(_header(message, "List-Id"))
    return ArrivedMail(
        sender=senders[0] if senders else "",
        recipients=tuple(recipients)[:_MOST_ADDRESSES],
        subject=_header(message, "Subject"),
        text=cut_text(_text(message)),
        message_id=_header(message, "Message-ID") or f"<{hashlib.sha256(raw).hexdigest()[:32]}@no.message.id>",
        in_reply_to=_header(message, "In-Reply-To") or None,
        is_automatic=automatic or _header(message, "Precedence").lower() in _BULK,
    )


def cut_text(text: str) -> str:
    """Return a text as it can be kept: without control characters, cut where it is too long."""
    plain = _CONTROL.sub("", text.replace("\r\n", "\n")).strip()
    encoded = plain.encode()
    if len(encoded) <= LONGEST_MAIL:
        return plain
    return encoded[: LONGEST_MAIL - len(_CUT.encode())].decode(errors="ignore") + _CUT


def _header(message: EmailMessage, name: str) -> str:
    """Return a header in one line; one that cannot be read is none."""
    try:
        value = str(message.get(name, ""))
    except (MessageError, ValueError, LookupError, AttributeError, IndexError, TypeError):
        return ""  # the standard library's parser of headers raises all of these on malformed ones
    return " ".join(_CONTROL.sub("", value).split())[:_LONGEST_LINE]


def _addresses(message: EmailMessage, name: str) -> list[str]:
    values = [_header(message, name)] if name in message else []
    return [address.strip() for _, address in getaddresses(values) if "@" in address]


def _content(part: MIMEPart) -> object:
    """Return what a part holds; text of no declared charset is taken for UTF-8, which programs send without a word."""
    if part.get_content_charset() is None:
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return part.get_content()


def _text(message: EmailMessage) -> str:
    try:
        part = message.get_body(("plain", "html"))
        content = _content(part) if part is not None else ""
    except (MessageError, ValueError, LookupError, AttributeError, TypeError):
        return ""
    text = content if isinstance(content, str) else ""
    return text_of_html(text) if part is not None and part.get_content_subtype() == "html" else text
