"""Reads Anthropic's token counts and says them in OpenAI's words."""

from collections.abc import Mapping
from typing import Final

from vutler_router.domain.usage import TokenCounts

__all__ = ["chat_usage", "merge_usage", "read_usage"]

_CACHE_READ: Final = "cache_read_input_tokens"
_CACHE_WRITE: Final = "cache_creation_input_tokens"


def read_usage(usage: object) -> TokenCounts | None:
    """Return the counts of a `usage` object; None when it is none.

    Anthropic's `input_tokens` leaves out what was read from the cache and what was written to it; the whole prompt is
    the sum of the three (Messages API reference, `usage`). Output includes thinking, whose share is stated as
    `output_tokens_details.thinking_tokens` where it is known.
    """
    if not isinstance(usage, dict) or not isinstance(usage.get("input_tokens"), int):
        return None
    read, written = _number(usage, _CACHE_READ), _number(usage, _CACHE_WRITE)
    return TokenCounts(
        input=_number(usage, "input_tokens") + read + written,
        output=_number(usage, "output_tokens"),
        cached_read=read,
        cached_write=written,
        reasoning=_number(usage.get("output_tokens_details"), "thinking_tokens"),
    ).clamped()


def merge_usage(known: dict[str, object], stated: object) -> None:
    """Take a later `usage` of the same message into an earlier one.

    The counts of a stream are cumulative, so the last value of a field holds and nothing is added up ("Streaming
    messages"); what a later one leaves out stays as it was.
    """
    if isinstance(stated, dict):
        known.update({name: value for name, value in stated.items() if value is not None})


def chat_usage(usage: TokenCounts | None) -> Mapping[str, object]:
    """Return the `usage` of a chat completion.

    What was written to the cache is `prompt_tokens_details.cache_write_tokens`, a field of OpenAI's own
    (API reference, chat completions).
    """
    counts = usage or TokenCounts()
    return {
        "prompt_tokens": counts.input,
        "completion_tokens": counts.output,
        "total_tokens": counts.total,
        "prompt_tokens_details": {"cached_tokens": counts.cached_read, "cache_write_tokens": counts.cached_write},
        "completion_tokens_details": {"reasoning_tokens": counts.reasoning},
    }


def _number(holder: object, name: str) -> int:
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, int) else 0
