"""Makes the ids of tool calls what a strict provider takes: nine letters and digits (docs.mistral.ai, chat API)."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Final

__all__ = ["short_tool_id", "with_short_tool_ids"]

_SHORT: Final = re.compile(r"[a-zA-Z0-9]{9}")
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LENGTH: Final = 9

Message = Mapping[str, object]


def short_tool_id(tool_id: str) -> str:
    """Return the id itself if it is short enough, else one made from it: always the same for the same id."""
    if _SHORT.fullmatch(tool_id):
        return tool_id
    number = int.from_bytes(hashlib.sha256(tool_id.encode("utf-8", "surrogatepass")).digest())
    digits = []
    for _ in range(_LENGTH):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(digits)


def with_short_tool_ids(messages: Sequence[Message]) -> list[Message] | None:
    """Return the messages with short ids in calls and results alike; None where all are short already."""
    changed = [_shortened(message) for message in messages]
    return None if all(new is old for new, old in zip(changed, messages, strict=True)) else changed


def _shortened(message: Message) -> Message:
    calls, answered = message.get("tool_calls"), message.get("tool_call_id")
    if isinstance(answered, str) and not _SHORT.fullmatch(answered):
        return {**message, "tool_call_id": short_tool_id(answered)}
    if isinstance(calls, list) and any(_is_long(call) for call in calls):
        return {**message, "tool_calls": [_with_short_id(call) for call in calls]}
    return message


def _is_long(call: object) -> bool:
    return isinstance(call, dict) and isinstance(call.get("id"), str) and not _SHORT.fullmatch(call["id"])


def _with_short_id(call: object) -> object:
    return {**call, "id": short_tool_id(call["id"])} if isinstance(call, dict) and _is_long(call) else call
