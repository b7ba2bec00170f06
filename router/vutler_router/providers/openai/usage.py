"""Reads the `usage` objects of OpenAI's dialects."""

from vutler_router.domain.usage import TokenCounts

__all__ = ["read_usage"]


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
            cached_write=_number(usage.get("prompt_tokens_details"), "cache_write_tokens"),
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


def _number(holder: object, name: str) -> int:
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, int) else 0
