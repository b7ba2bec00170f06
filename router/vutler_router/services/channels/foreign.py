"""Reads what Slack, Rocket.Chat and programs that speak like them post to a webhook."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs

import orjson

from vutler_router.errors import InvalidRequest, TooLarge

__all__ = ["LONGEST_POST", "ForeignPost", "read_post"]

LONGEST_POST: Final = 64 << 10
"""Bytes of a whole post."""

_FORM: Final = "application/x-www-form-urlencoded"
_NAMES: Final = ("username", "user_name", "alias")
_MOST_FIELDS: Final = 50
_SLACKBOT: Final = "USLACKBOT"


@dataclass(frozen=True, slots=True)
class ForeignPost:
    """A message from another chat or a program; `token` is what its sender proves itself with, if anything."""

    text: str
    name: str | None
    token: str | None = field(repr=False)
    by_program: bool
    """Whether over there a program said it, perhaps what we had posted."""


def read_post(content_type: str, body: bytes) -> ForeignPost:
    """Read a post: JSON, a form with `payload` (Slack's incoming format), or a form (Slack's outgoing one).

    Raises:
        TooLarge: It has more than `LONGEST_POST` bytes.
        InvalidRequest: It is none of these, or has no text.
    """
    if len(body) > LONGEST_POST:
        raise TooLarge(f"A post may have {LONGEST_POST} bytes at most.")
    is_form = content_type.partition(";")[0].strip().lower() == _FORM
    fields = _form(body) if is_form else _json(body)
    return ForeignPost(
        text=_text(fields),
        name=next((name for key in _NAMES if (name := _string(fields, key))), None),
        token=_string(fields, "token"),
        by_program=bool(fields.get("bot") or fields.get("bot_id")) or fields.get("user_id") == _SLACKBOT,
    )


def _form(body: bytes) -> Mapping[str, object]:
    try:
        fields = parse_qs(body.decode(), max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        raise InvalidRequest("The form cannot be read; send UTF-8.", code="invalid_form") from None
    if "payload" in fields:
        return _json(fields["payload"][0].encode())
    return {name: values[0] for name, values in fields.items()}


def _json(body: bytes) -> Mapping[str, object]:
    try:
        decoded = orjson.loads(body)
    except orjson.JSONDecodeError:
        decoded = None
    if not isinstance(decoded, dict):
        raise InvalidRequest('Send a JSON object such as {"text": "Hello"}.', code="invalid_json")
    return decoded


def _text(fields: Mapping[str, object]) -> str:
    """Return the text; where there is none, that of the first attachment."""
    attachments = fields.get("attachments")
    first = attachments[0] if isinstance(attachments, list) and attachments else None
    attached = first if isinstance(first, dict) else {}
    text = _string(fields, "text") or _string(attached, "fallback") or _string(attached, "text")
    if text is None:
        raise InvalidRequest('The post has no text; send {"text": "Hello"}.', param="text")
    return text


def _string(fields: Mapping[str, object], name: str) -> str | None:
    value = fields.get(name)
    return value if isinstance(value, str) and value.strip() else None
