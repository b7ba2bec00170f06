"""Checks what people, agents and webhooks write, before it is kept."""

import re
from typing import Final

from vutler_router.errors import InvalidRequest, TooLarge

__all__ = ["LONGEST_MESSAGE", "LONGEST_NAME", "channel_name", "checked_text", "fitted", "shown_name"]

LONGEST_MESSAGE: Final = 16 << 10
"""Bytes in UTF-8."""

LONGEST_NAME: Final = 64
"""Characters of a name that a caller gives."""

_CHANNEL: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CUT: Final = "\n… (cut: longer than a message may be)"


def channel_name(name: str) -> str:
    """Return a channel's name. Raises `InvalidRequest`."""
    if not _CHANNEL.fullmatch(name):
        raise InvalidRequest(
            "A channel's name has lower-case letters, digits, hyphens and underscores, at most 63, and begins with a "
            "letter or digit; for example general.",
            code="invalid_channel_name",
            param="name",
        )
    return name


def checked_text(text: str, *, param: str = "text", longest: int = LONGEST_MESSAGE) -> str:
    """Return a text without the blanks around it.

    Raises:
        InvalidRequest: It is empty, or holds characters that no text has.
        TooLarge: It is longer than may be.
    """
    stripped = text.strip()
    if not stripped:
        raise InvalidRequest(f"{param} must not be empty.", param=param)
    if _CONTROL.search(stripped) or any("\ud800" <= character <= "\udfff" for character in stripped):
        raise InvalidRequest(f"{param} holds control characters; send plain text.", param=param)
    if len(stripped.encode()) > longest:
        raise TooLarge(f"{param} may have {longest} bytes at most; send less, or a file's link.", param=param)
    return stripped


def fitted(text: str) -> str:
    """Return an agent's words as they can be kept: without control characters, cut where they are too long."""
    plain = _CONTROL.sub("", text).encode("utf-8", "replace").decode().strip()
    if len(plain.encode()) <= LONGEST_MESSAGE:
        return plain
    kept = plain.encode()[: LONGEST_MESSAGE - len(_CUT.encode())]
    return kept.decode(errors="ignore") + _CUT


def shown_name(name: str, *, param: str) -> str:
    """Return the name of somebody or something, in one line. Raises `InvalidRequest`."""
    plain = name.strip()
    if not plain or len(plain) > LONGEST_NAME or not plain.isprintable():
        raise InvalidRequest(f"{param} must have 1 to {LONGEST_NAME} printable characters.", param=param)
    return plain
