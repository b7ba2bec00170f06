"""Why a message ended, in the words of chat completions."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["finish_reason"]

_FINISH: Final[Mapping[object, str]] = MappingProxyType(
    {
        "end_turn": "stop",
        "stop_sequence": "stop",
        "pause_turn": "stop",
        "max_tokens": "length",
        "model_context_window_exceeded": "length",
        "tool_use": "tool_calls",
        "refusal": "content_filter",
    }
)
"""All stop reasons of the Messages API ("Stop reasons"); `pause_turn` comes with tools that Anthropic runs itself."""


def finish_reason(stop_reason: object) -> str:
    """Return the `finish_reason` of a chat completion; a reason that came later than this table is a plain stop."""
    return _FINISH.get(stop_reason, "stop") if isinstance(stop_reason, str) else "stop"
