"""Who the providers are: address, how the key is sent, and the few ways in which each differs.

How to talk to them is a dialect's business. All entries speak OpenAI's chat completions; Anthropic's is its own
OpenAI-compatible endpoint (docs.anthropic.com, "OpenAI SDK compatibility"). A new compatible provider is a name in
`settings.ProviderName` and an entry here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from vutler_router.settings import ProviderName, Settings

__all__ = ["DEFINITIONS", "Definition", "StreamUsage", "base_url_of", "overrides_of"]


class StreamUsage(StrEnum):
    """Whether a provider counts tokens in a stream by itself."""

    ON_REQUEST = "on_request"
    """Only with `stream_options.include_usage`, in a chunk of its own."""

    ALWAYS = "always"
    """Unasked; the request field is not understood."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One provider.

    Attributes:
        base_url: Ends before `path`; empty where every user brings the address.
        path: Appended to the base URL.
        stream_usage: How token counts of a stream are had.
        max_tokens_field: The one name this provider knows for the answer's length limit; None: the caller's goes.
        guarded: Whether the address comes from a user, so that private ones have to be allowed.
    """

    base_url: str
    path: str = "/chat/completions"
    stream_usage: StreamUsage = StreamUsage.ON_REQUEST
    max_tokens_field: str | None = None
    guarded: bool = False


DEFINITIONS: Final[Mapping[ProviderName, Definition]] = MappingProxyType(
    {
        ProviderName.OPENAI: Definition("https://api.openai.com/v1"),
        ProviderName.ANTHROPIC: Definition("https://api.anthropic.com", path="/v1/chat/completions"),
        ProviderName.MINIMAX: Definition("https://api.minimax.io/v1"),
        ProviderName.GROQ: Definition("https://api.groq.com/openai/v1"),
        # docs.mistral.ai/api: unknown fields are refused, `max_tokens` is the only name, usage comes in the last chunk.
        ProviderName.MISTRAL: Definition(
            "https://api.mistral.ai/v1", stream_usage=StreamUsage.ALWAYS, max_tokens_field="max_tokens"
        ),
        ProviderName.OPENROUTER: Definition("https://openrouter.ai/api/v1"),
        ProviderName.GEMINI: Definition("https://generativelanguage.googleapis.com/v1beta/openai"),
        # docs.ollama.com/openai lists `max_tokens` only; the newer name would be ignored and the answer unbounded.
        ProviderName.OLLAMA: Definition("http://localhost:11434/v1", max_tokens_field="max_tokens", guarded=True),
        ProviderName.CUSTOM: Definition("", guarded=True),
        ProviderName.ECHO: Definition("echo://"),
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
