"""The agents of the benchmark: each refers to a template and to model settings whose key is in a Secret."""

from typing import Final

from bench.operator.api import Manifest

__all__ = ["BASICS", "TEMPLATE", "agent", "namespace", "new_image", "new_variable", "template_change"]

_GROUP: Final = "vutler.io/v1alpha1"
TEMPLATE: Final = "assistant"
_PROMPT: Final = "You help customers with their invoices. Answer in the customer's language and in few words.\n" * 8
_SECRET: Final = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "model-key"},
    "stringData": {"key": "sk-bench-0123456789"},
}
_LLM_CONFIG: Final = {
    "apiVersion": _GROUP,
    "kind": "LLMConfig",
    "metadata": {"name": "default"},
    "spec": {
        "mode": "BYOKey",
        "provider": "openai",
        "model": "gpt-4o-mini",
        "apiKeySecretRef": {"name": "model-key", "key": "key"},
    },
}
_TEMPLATE: Final = {
    "apiVersion": _GROUP,
    "kind": "AgentTemplate",
    "metadata": {"name": TEMPLATE},
    "spec": {"description": "bench", "agent": {"tools": ["chat"], "runtime": {"podLabels": {"revision": "0"}}}},
}

BASICS: Final = (
    ("/api/v1/namespaces/{}/secrets", _SECRET),
    ("/apis/vutler.io/v1alpha1/namespaces/{}/llmconfigs", _LLM_CONFIG),
    ("/apis/vutler.io/v1alpha1/namespaces/{}/agenttemplates", _TEMPLATE),
)
"""What agents refer to, with the collection that each belongs to."""


def namespace(name: str) -> Manifest:
    """Return a namespace."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def agent(name: str) -> Manifest:
    """Return an Agent."""
    spec = {
        "displayName": name,
        "templateRef": {"name": TEMPLATE},
        "llmConfigRef": {"name": "default"},
        "systemPrompt": _PROMPT,
        "storage": {"size": "1Gi"},
    }
    return {"apiVersion": _GROUP, "kind": "Agent", "metadata": {"name": name}, "spec": spec}


def template_change(revision: str) -> Manifest:
    """Return a change of the template that rolls every pod."""
    return {"spec": {"agent": {"runtime": {"podLabels": {"revision": revision}}}}}


def new_variable(value: str) -> Manifest:
    """Return a change of one Agent's environment."""
    return {"spec": {"runtime": {"env": [{"name": "BENCH", "value": value}]}}}


def new_image() -> Manifest:
    """Return a change of one Agent's image."""
    return {"spec": {"runtime": {"image": "example.com/openclaw:next"}}}
