"""The stored form of mails, the same in every database."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Final

from pydantic import TypeAdapter

from vutler_router.domain.mail import Mail

__all__ = ["MAIL_NAMES", "mail_from", "mail_values"]

MAIL_NAMES: Final = tuple(field.name for field in fields(Mail))
"""The fields of a mail, the id first."""

_MAIL: Final = TypeAdapter(Mail)


def mail_values(mail: Mail) -> dict[str, object]:
    """Return a mail's fields by name; sets of names are plain texts."""
    values = {name: getattr(mail, name) for name in MAIL_NAMES}
    return values | {"direction": str(mail.direction), "status": str(mail.status)}


def mail_from(stored: Mapping[str, object]) -> Mail:
    """Read a mail out of its fields by name; others beside them do not matter."""
    return _MAIL.validate_python(stored)
