"""Facts about models that callers plan by: how much context each takes.

From the providers' model pages, read in November 2026; a model that is not listed works as well, its window is unknown.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["context_window"]

_WINDOWS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "openai/gpt-4o": 128_000,
        "openai/gpt-4o-mini": 128_000,
        "openai/gpt-4.1": 1_047_576,
        "openai/gpt-4.1-mini": 1_047_576,
        "anthropic/claude-haiku-4-5": 200_000,
        "anthropic/claude-sonnet-4": 200_000,
        "minimax/MiniMax-M2.5": 204_800,
        "mistral/mistral-small": 128_000,
        "mistral/mistral-large": 128_000,
    }
)


def context_window(provider: str, model: str) -> int | None:
    """Return how many tokens of prompt and answer a model takes together; None when unknown."""
    name = f"{provider}/{model}"
    return _WINDOWS.get(name) or _WINDOWS.get(name.removesuffix("-latest"))
