"""Reads the `usage` objects of OpenAI's dialects."""

from typing import Final

from vutler_router.domain.usage import TokenCounts

__all__ = ["read_cost", "read_usage"]

_MOST_USD: Final = 1e6
"""No answer costs more; a provider that says so is wrong."""


def read_usage(usage: object) -> TokenCounts | None:
    """Return the counts of a `usage` object of any of OpenAI's dialects; None when it is none.

    Chat completions and embeddings say `prompt_tokens`, Responses says `input_tokens` (OpenAI API reference).
    """
    if not isinstance(usage, dict):
        return None
    if isinstance(usage.get("prompt_tokens"), int):
        return TokenCounts(
            input=_number(usage, "prompt_tokens"),
            output=_number(usage, "completion_tokens"),
            cached_read=_number(usage.get("prompt_tokens_details"), "cached_tokens"),
            reasoning=_number(usage.get("completion_tokens_details"), "reasoning_tokens"),
        ).clamped()
    if isinstance(usage.get("input_tokens"), int):
        return TokenCounts(
            input=_number(usage, "input_tokens"),
            output=_number(usage, "output_tokens"),
            cached_read=_number(usage.get("input_tokens_details"), "cached_tokens"),
            reasoning=_number(usage.get("output_tokens_details"), "reasoning_tokens"),
        ).clamped()
    return None


def read_cost(usage: object) -> float | None:
    """Return the cost that OpenRouter states in its `usage`, in USD."""
    cost = usage.get("cost") if isinstance(usage, dict) else None
    return float(cost) if isinstance(cost, int | float) and 0 <= cost < _MOST_USD else None


def _number(holder: object, name: str) -> int:
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, int) else 0
