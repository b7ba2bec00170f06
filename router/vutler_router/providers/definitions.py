"""Who the providers are: address, what each offers, how the key is sent, and the few ways in which each differs.

How to talk to them is a codec's business (`codecs`). A new provider that speaks a known dialect is a name in
`settings.ProviderName` and an entry here; the conformance tests take it up by themselves.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from vutler_router.providers.surfaces import Surface
from vutler_router.settings import ProviderName, Settings

__all__ = ["DEFINITIONS", "Auth", "Definition", "StreamUsage", "base_url_of", "overrides_of"]


class StreamUsage(StrEnum):
    """Whether a provider counts tokens in a stream by itself."""

    ON_REQUEST = "on_request"
    """Only with `stream_options.include_usage`, in a chunk of its own."""

    ALWAYS = "always"
    """Unasked; the request field is not understood."""


class Auth(StrEnum):
    """How the key is sent."""

    BEARER = "bearer"
    """`Authorization: Bearer <key>`."""

    API_KEY = "api_key"
    """`x-api-key: <key>`."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One provider.

    Attributes:
        base_url: Ends before the paths; empty where every user brings the address.
        paths: What it offers natively and where, below the base URL.
        auth: How its key is sent.
        headers: What else every request carries.
        stream_usage: How token counts of a stream are had.
        max_tokens_field: The one name this provider knows for the answer's length limit; None: the caller's goes.
        renamed_max_tokens: Models that refuse `max_tokens`, so that a default limit is given by the newer name.
        short_tool_ids: Whether ids of tool calls must be nine letters and digits.
        defaults: Fields of a chat request that are added where the caller says nothing of them, objects merged.
        guarded: Whether the address comes from a user, so that private ones have to be allowed.
        cancel_stops_bill: Whether closing a stream ends the provider's work and its bill. If not, an answer that
            nobody waits for is read to its end in the background, so that its row is right.
        credits_path: Where what is left of a key's credit can be asked for; empty where it cannot.
        billing_url: Where a person tops the account up.
    """

    base_url: str
    paths: Mapping[Surface, str]
    auth: Auth = Auth.BEARER
    headers: Mapping[str, str] = field(default_factory=dict)
    stream_usage: StreamUsage = StreamUsage.ON_REQUEST
    max_tokens_field: str | None = None
    renamed_max_tokens: re.Pattern[str] | None = None
    short_tool_ids: bool = False
    defaults: Mapping[str, object] = field(default_factory=dict)
    guarded: bool = False
    cancel_stops_bill: bool = True
    credits_path: str = ""
    billing_url: str | None = None


_CHAT: Final = {Surface.CHAT: "/chat/completions"}
_EMBEDDINGS: Final = {Surface.EMBEDDINGS: "/embeddings"}
_RESPONSES: Final = {Surface.RESPONSES: "/responses"}
_MESSAGES: Final = {Surface.MESSAGES: "/messages"}

DEFINITIONS: Final[Mapping[ProviderName, Definition]] = MappingProxyType(
    {
        # OpenAI API reference: `max_tokens` is deprecated and refused by reasoning models.
        ProviderName.OPENAI: Definition(
            "https://api.openai.com/v1",
            _CHAT | _EMBEDDINGS | _RESPONSES,
            renamed_max_tokens=re.compile(r"o\d|gpt-[5-9]"),
            billing_url="https://platform.openai.com/settings/organization/billing",
        ),
        # Claude API reference: the version header is required on every request.
        ProviderName.ANTHROPIC: Definition(
            "https://api.anthropic.com",
            {Surface.MESSAGES: "/v1/messages"},
            auth=Auth.API_KEY,
            headers={"anthropic-version": "2023-06-01"},
            billing_url="https://console.anthropic.com/settings/billing",
        ),
        ProviderName.MINIMAX: Definition("https://api.minimax.io/v1", _CHAT | _RESPONSES, cancel_stops_bill=False),
        ProviderName.GROQ: Definition(
            "https://api.groq.com/openai/v1",
            _CHAT | _RESPONSES,
            cancel_stops_bill=False,
            billing_url="https://console.groq.com/settings/billing",
        ),
        # docs.mistral.ai/api: unknown fields are refused, `max_tokens` is the only name, usage comes in the last chunk,
        # and a tool call's id must be nine letters and digits.
        ProviderName.MISTRAL: Definition(
            "https://api.mistral.ai/v1",
            _CHAT | _EMBEDDINGS,
            stream_usage=StreamUsage.ALWAYS,
            max_tokens_field="max_tokens",
            short_tool_ids=True,
            cancel_stops_bill=False,
        ),
        # OpenRouter, "Provider Routing": only hosts that keep no prompts, unless the caller says otherwise.
        ProviderName.OPENROUTER: Definition(
            "https://openrouter.ai/api/v1",
            _CHAT | _EMBEDDINGS | _RESPONSES | _MESSAGES,
            defaults={"provider": {"data_collection": "deny"}},
            credits_path="/auth/key",
            billing_url="https://openrouter.ai/settings/credits",
        ),
        ProviderName.GEMINI: Definition(
            "https://generativelanguage.googleapis.com/v1beta/openai", _CHAT | _EMBEDDINGS, cancel_stops_bill=False
        ),
        # docs.ollama.com/openai lists `max_tokens` only; the newer name would be ignored and the answer unbounded.
        ProviderName.OLLAMA: Definition(
            "http://localhost:11434/v1",
            _CHAT | _EMBEDDINGS | _RESPONSES | _MESSAGES,
            max_tokens_field="max_tokens",
            guarded=True,
        ),
        ProviderName.CUSTOM: Definition("", _CHAT | _EMBEDDINGS | _RESPONSES | _MESSAGES, guarded=True),
        ProviderName.ECHO: Definition("echo://", _CHAT),
    }
)


def overrides_of(settings: Settings) -> Mapping[ProviderName, str]:
    """Return the platform's own addresses for providers; `OLLAMA_URL` names a server, whose API is under `/v1`."""
    overrides = dict(settings.provider_urls)
    if settings.ollama_url is not None:
        server = settings.ollama_url.rstrip("/").removesuffix("/v1")
        overrides.setdefault(ProviderName.OLLAMA, f"{server}/v1")
    return overrides


def base_url_of(
    provider: ProviderName, custom_endpoint: str | None, overrides: Mapping[ProviderName, str]
) -> tuple[str, bool]:
    """Return where a provider is, and whether the address is a user's and has to be guarded.

    A user's own endpoint wins, then the platform's override (`PROVIDER_URL_…`), which is trusted, then the usual one.
    """
    definition = DEFINITIONS[provider]
    if custom_endpoint and definition.guarded:
        return custom_endpoint.rstrip("/"), True
    return overrides.get(provider, definition.base_url).rstrip("/"), False
