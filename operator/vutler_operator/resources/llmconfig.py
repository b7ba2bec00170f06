"""Mirror of the LLMConfig's spec."""

from typing import Literal

from pydantic import JsonValue

from vutler_operator.resources.schema import KeyRef, Schema

__all__ = ["KEYLESS", "ChainLink", "LLMConfigSpec"]

KEYLESS = frozenset({"ollama", "custom"})
"""Providers that work without a key."""


class ChainLink(Schema):
    """A model at a provider, with the key that pays for it."""

    provider: str
    model: str
    api_key_secret_ref: KeyRef | None = None
    endpoint: str | None = None


class LLMConfigSpec(Schema):
    """Which model answers, who pays for it and within which limits."""

    mode: Literal["BYOKey", "Managed"]
    provider: str | None = None
    model: str | None = None
    api_key_secret_ref: KeyRef | None = None
    endpoint: str | None = None
    tier: str | None = None
    fallbacks: tuple[ChainLink, ...] = ()
    parameters: dict[str, JsonValue] | None = None
    routing: dict[str, JsonValue] | None = None
    limits: dict[str, JsonValue] | None = None

    @property
    def chain(self) -> tuple[ChainLink, ...]:
        """Return the user's own models in the order in which they are tried; empty when Managed."""
        if self.mode == "Managed" or self.provider is None or self.model is None:
            return ()
        first = ChainLink(
            provider=self.provider,
            model=self.model,
            api_key_secret_ref=self.api_key_secret_ref,
            endpoint=self.endpoint,
        )
        return (first, *self.fallbacks)
