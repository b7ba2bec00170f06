import base64
import secrets
from typing import Any

import pytest
import yaml

from tests.contract.chart.values import DEFAULTS
from tests.support.helm import REPLICATED, Helm
from vutler_operator.settings import Settings as OperatorSettings
from vutler_router.settings import Settings as RouterSettings
from vutler_router.settings import load_settings

pytestmark = pytest.mark.api

PRIVATE = ("sk-private-key", "db-password", "s3-password")
VALUES: dict[str, Any] = dict(REPLICATED) | {
    "managed": {"keys": {"openai": {"value": "sk-private-key"}, "groq": {"secretKeyRef": {"name": "k", "key": "g"}}}},
    "drive": {"url": "s3://key:s3-password@bucket/prefix"},
    "providerUrls": {"openai": "https://proxy.example/v1"},
    "allowedPrivateEndpoints": ["10.0.0.0/8", "ollama.models"],
    "routing": {
        "mode": "Hybrid",
        "tools": "Present",
        "ollamaUrl": "http://ollama.models:11434",
        "ollamaModel": "llama3.2:1b",
        "apiModel": "openai/gpt-4o-mini",
        "timeoutSeconds": 2,
        "sure": 1,
    },
    "prices": {"openai/gpt-4o": {"input": 1, "output": 2}},
}


def test_a_secret_given_as_value_is_rendered_into_secrets_only(helm: Helm) -> None:
    release = helm.render(VALUES)
    outside = yaml.safe_dump([m for m in release.manifests if m["kind"] != "Secret"])
    assert [word for word in PRIVATE if word in outside] == []
    inside = release.one("Secret", "vutler-router")["stringData"]
    assert set(inside) == {"DATABASE_URL", "DRIVE_STORAGE_URL", "MANAGED_LLM_KEY_OPENAI"}


def test_a_secret_of_the_users_own_is_referred_to(helm: Helm) -> None:
    release = helm.render(VALUES | {"database": {"existingSecret": {"name": "mongo", "key": "url"}}})
    environment = release.environment("router")
    assert environment["MANAGED_LLM_KEY_GROQ"] == {"secretKeyRef": {"name": "k", "key": "g"}}
    assert environment["DATABASE_URL"] == {"secretKeyRef": {"name": "mongo", "key": "url"}}


def test_without_a_cluster_no_random_value_is_made_up(helm: Helm) -> None:
    secret = helm.render().one("Secret", "vutler-credentials")
    assert "data" not in secret
    assert "stringData" not in secret


def test_credentials_of_the_users_own_replace_the_generated_ones(helm: Helm) -> None:
    release = helm.render({"auth": {"existingSecret": "mine"}})
    assert not release.has("Secret", "vutler-credentials")
    for component, name in (
        ("router", "ROUTER_ADMIN_TOKEN"),
        ("router", "LLM_ENCRYPTION_KEY"),
        ("operator", "ROUTER_ADMIN_TOKEN"),
    ):
        assert release.environment(component)[name] == {"secretKeyRef": {"name": "mine", "key": name}}


@pytest.mark.parametrize("keep", [True, False])
def test_the_volume_and_the_keys_to_it_are_kept_or_removed_together(helm: Helm, *, keep: bool) -> None:
    release = helm.render({"keepOnUninstall": keep})
    for kind, name in (("Secret", "vutler-credentials"), ("PersistentVolumeClaim", "vutler-router-data")):
        policy = release.one(kind, name)["metadata"].get("annotations", {}).get("helm.sh/resource-policy")
        assert (policy == "keep") is keep


def routing_of(settings: RouterSettings) -> dict[str, Any]:
    """Return what the router was told of routing, by the names of the chart's values."""
    return {
        "mode": settings.routing_mode,
        "tools": settings.routing_tools,
        "ollamaUrl": settings.ollama_url or "",
        "ollamaModel": settings.ollama_model,
        "apiModel": settings.routing_api_model or "",
        "timeoutSeconds": settings.routing_timeout,
        "sure": settings.routing_sure,
    }


@pytest.mark.parametrize("values", [{}, VALUES], ids=["defaults", "everything"])
def test_the_router_accepts_the_environment_it_is_given(helm: Helm, values: dict[str, Any]) -> None:
    resolved = {
        "ROUTER_ADMIN_TOKEN": "t" * 48,
        "LLM_ENCRYPTION_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "DATABASE_URL": "mongodb://mongo/vutler",
        "DRIVE_STORAGE_URL": "s3://bucket",
        "MANAGED_LLM_KEY_OPENAI": "one",
        "MANAGED_LLM_KEY_GROQ": "two",
    }
    environment = helm.render(values).environment("router")
    settings = load_settings(
        {name: value if isinstance(value, str) else resolved[name] for name, value in environment.items()}
    )
    assert settings.uses_mongo is bool(values)
    assert len(settings.managed_keys) == (2 if values else 0)
    assert routing_of(settings) == DEFAULTS["routing"] | values.get("routing", {})


@pytest.mark.parametrize("values", [{}, {"watchNamespaces": ["team-a", "team-b"]}], ids=["cluster", "namespaces"])
def test_the_operator_accepts_the_environment_it_is_given(helm: Helm, values: dict[str, Any]) -> None:
    environment = helm.render(values).environment("operator") | {
        "ROUTER_ADMIN_TOKEN": "t" * 48,
        "POD_ID": "vutler-operator-1",
    }
    settings = OperatorSettings.from_environment(environment)
    assert settings.watch_namespaces == tuple(values.get("watchNamespaces", ()))
    assert settings.router_url == settings.agent_router_url == "http://vutler-router.vutler-system.svc:3456"
