"""Which model answers the demo's agent: read from the environment, turned into manifests and chart values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

Manifest = dict[str, object]

DEFAULT_MODELS = {
    "openai": "gpt-4o-mini",
    "anthropic": "claude-haiku-4-5",
    "openrouter": "openai/gpt-4o-mini",
    "mistral": "mistral-small-latest",
    "groq": "llama-3.3-70b-versatile",
    "gemini": "gemini-2.5-flash",
    "minimax": "MiniMax-M2.5",
}
"""The model asked for when `MODEL` is not set, by provider; the first provider with a key wins."""

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class UnusableUpstreamError(Exception):
    """The environment names an upstream that the demo cannot use; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """What answers the demo's agent.

    Attributes:
        label: For people: "openai gpt-4o-mini".
        manifests: The LLMConfig `default`, and the Secret it refers to.
        values: Chart values that this upstream needs, by dotted name.
    """

    label: str
    manifests: tuple[Manifest, ...]
    values: Mapping[str, str] = field(default_factory=dict)


def choose_upstream(environment: Mapping[str, str]) -> Upstream:
    """Choose the upstream: an OpenAI-compatible URL, else a provider whose key is set, else the built-in echo.

    Raises:
        UnusableUpstreamError: A URL without a model, or one that pods cannot reach.
    """
    if url := environment.get("OPENAI_BASE_URL"):
        return _custom(url, environment)
    for provider, default_model in DEFAULT_MODELS.items():
        if key := environment.get(f"{provider.upper()}_API_KEY"):
            model = environment.get("MODEL") or default_model
            spec = {"mode": "BYOKey", "provider": provider, "model": model, "apiKeySecretRef": _KEY_REFERENCE}
            return Upstream(f"{provider} {model}", (_secret(key), _llm_config(spec)))
    managed = _llm_config({"mode": "Managed", "tier": "economy"})
    return Upstream("the built-in echo (set OPENAI_API_KEY for a real model)", (managed,), {"managed.provider": "echo"})


_KEY_REFERENCE = {"name": "provider-key", "key": "api-key"}


def _custom(url: str, environment: Mapping[str, str]) -> Upstream:
    host = urlsplit(url).hostname or ""
    if host in LOOPBACK:
        message = (
            f"OPENAI_BASE_URL={url} is this machine's loopback, which a pod cannot reach; "
            "let the server listen on another address and use that"
        )
        raise UnusableUpstreamError(message)
    model = environment.get("MODEL")
    if not model:
        message = f"OPENAI_BASE_URL={url} is set without a model; add MODEL=… as that server calls it"
        raise UnusableUpstreamError(message)
    spec: dict[str, object] = {"mode": "BYOKey", "provider": "custom", "model": model, "endpoint": url}
    manifests: tuple[Manifest, ...] = ()
    if key := environment.get("OPENAI_API_KEY"):
        spec["apiKeySecretRef"] = _KEY_REFERENCE
        manifests = (_secret(key),)
    return Upstream(f"{model} at {url}", (*manifests, _llm_config(spec)), {"allowedPrivateEndpoints[0]": host})


def _llm_config(spec: Mapping[str, object]) -> Manifest:
    return {"apiVersion": "vutler.io/v1alpha1", "kind": "LLMConfig", "metadata": {"name": "default"}, "spec": spec}


def _secret(key: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "provider-key"}, "stringData": {"api-key": key}}
