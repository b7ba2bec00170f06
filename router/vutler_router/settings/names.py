"""The closed sets that settings and resources choose from."""

from enum import StrEnum
from typing import Final

__all__ = [
    "ENDPOINT_OPTIONAL",
    "ENDPOINT_REQUIRED",
    "KEYLESS",
    "MANAGEABLE",
    "ProviderName",
    "RoutingMode",
    "ToolsRule",
]


class ProviderName(StrEnum):
    """Every provider the router can be told to use; a new one starts with a line here."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    MINIMAX = "minimax"
    GROQ = "groq"
    MISTRAL = "mistral"
    OPENROUTER = "openrouter"
    GEMINI = "gemini"
    OLLAMA = "ollama"
    CUSTOM = "custom"
    ECHO = "echo"


KEYLESS: Final = frozenset({ProviderName.OLLAMA, ProviderName.CUSTOM, ProviderName.ECHO})
"""Providers that work without an API key."""

ENDPOINT_REQUIRED: Final = frozenset({ProviderName.CUSTOM})
"""Providers that are nothing but the address they are given."""

ENDPOINT_OPTIONAL: Final = frozenset({ProviderName.OLLAMA})
"""Providers with a usual address that a user may replace. All others refuse one: their keys must not go elsewhere."""

MANAGEABLE: Final = frozenset(set(ProviderName) - {ProviderName.CUSTOM})
"""Providers the platform can hold a key for or give another base URL (`echo` needs neither)."""


class RoutingMode(StrEnum):
    """How a request's category, and so its model, is found. The values are the CRD's."""

    OFF = "Off"
    KEYWORDS = "Keywords"
    OLLAMA = "Ollama"
    API = "API"
    HYBRID = "Hybrid"


class ToolsRule(StrEnum):
    """When a request that carries tools belongs to the category `tools`. The values are the CRD's.

    A request that forces a call (`tool_choice`) always does.
    """

    NEEDED = "Needed"
    """When the person's words ask for what one of the tools does. Agents send their tools with every request."""

    PRESENT = "Present"
    """Always."""

    NEVER = "Never"
    """Only when a call is forced."""
