"""The stored form of channels, messages and webhooks, the same in every database."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Final, TypeAlias

from pydantic import TypeAdapter

from vutler_router.domain.channel import Author, AuthorKind, Channel, Draft, Hook, Message
from vutler_router.errors import Conflict

__all__ = ["HOOK_NAMES", "channel_exists", "channel_from", "hook_from", "hook_values", "message_from", "said"]

Stored: TypeAlias = str | int | float | datetime | None

_HOOK: Final = TypeAdapter(Hook)
_CHANNEL: Final = TypeAdapter(Channel)
_TIME: Final = TypeAdapter(datetime)

HOOK_NAMES: Final = (
    "channel_key",
    "channel_id",
    "kind",
    "name",
    "created_at",
    "token_sha256",
    "verify_sha256",
    "format",
    "url",
    "host",
    "secret",
    "target",
    "delivered",
)
"""The fields of a webhook but for the id."""


def channel_from(stored: Mapping[str, object]) -> Channel:
    """Read a channel out of its fields by name."""
    return _CHANNEL.validate_python(stored)


def hook_values(hook: Hook) -> dict[str, Stored]:
    """Return a webhook's fields by name, without the id."""
    fields = asdict(hook)
    return {name: fields[name] for name in HOOK_NAMES} | {"kind": str(hook.kind), "format": str(hook.format)}


def hook_from(stored: Mapping[str, object]) -> Hook:
    """Read a webhook out of its fields by name."""
    return _HOOK.validate_python(stored)


def said(draft: Draft) -> dict[str, Stored]:
    """Return a draft's plain fields by name."""
    return {
        "kind": str(draft.author.kind),
        "author": draft.author.name,
        "text": draft.text,
        "created_at": draft.created_at,
        "depth": draft.depth,
        "answers": draft.answers,
    }


def message_from(number: int, stored: Mapping[str, object]) -> Message:
    """Read a message out of the fields that `said` names."""
    depth, answers = stored["depth"], stored["answers"]
    return Message(
        number,
        Author(AuthorKind(str(stored["kind"])), str(stored["author"])),
        str(stored["text"]),
        _TIME.validate_python(stored["created_at"]),
        depth if isinstance(depth, int) else 0,
        answers if isinstance(answers, int) else None,
    )


def channel_exists(channel: Channel) -> Conflict:
    """Word the refusal of a name that is taken."""
    return Conflict(f"There is a channel {channel.id} already.", code="channel_exists", param="name")
