import pytest

from tests.support.platform import Platform, agent

pytestmark = [pytest.mark.node, pytest.mark.timeout(1800)]


def test_a_missing_key_is_named_and_its_arrival_is_noticed(platform: Platform, namespace: str) -> None:
    config = {
        "apiVersion": "vutler.io/v1alpha1",
        "kind": "LLMConfig",
        "metadata": {"name": "own-key"},
        "spec": {
            "mode": "BYOKey",
            "provider": "openai",
            "model": "gpt-4o-mini",
            "apiKeySecretRef": {"name": "openai", "key": "api-key"},
        },
    }
    platform.target.apply([config, agent("ava", llmConfigRef={"name": "own-key"})], namespace)

    told = platform.wait_until(lambda: platform.describe(namespace, "ava"), "SecretNotFound")
    assert "openai" in told.split("SecretNotFound", 1)[1]

    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "openai"}, "stringData": {"api-key": "sk-x"}}
    platform.target.apply([secret], namespace)
    platform.wait_ready(namespace, "ava")
    assert "sk-x" not in platform.describe(namespace, "ava")


def test_an_image_that_cannot_be_pulled_is_said_with_its_name(platform: Platform, namespace: str) -> None:
    image = "registry.invalid/openclaw:none"
    platform.target.apply([agent("ava", runtime={"image": image})], namespace)

    told = platform.wait_until(lambda: platform.describe(namespace, "ava"), "ImagePullBackOff", seconds=120)

    assert image in told.split("ImagePullBackOff", 1)[1]


def test_a_router_that_is_down_is_said_and_agents_keep_running(platform: Platform, namespace: str) -> None:
    platform.target.apply([agent("ava")], namespace)
    platform.wait_ready(namespace, "ava")
    router = ("-n", "vutler-system", "deployment/vutler-router")
    pod = platform.target.run("kubectl", "get", "pods", "-n", namespace, "-o", "name")

    platform.target.run("kubectl", "scale", *router, "--replicas=0")
    try:
        platform.wait_until(lambda: platform.describe(namespace, "ava"), "RouterUnreachable", seconds=120)
    finally:
        platform.target.run("kubectl", "scale", *router, "--replicas=1")

    platform.target.run("kubectl", "rollout", "status", *router, "--timeout=120s")
    platform.wait_until(lambda: platform.describe(namespace, "ava"), r"Type:\s+RouterSynced", seconds=30)
    platform.wait_ready(namespace, "ava")
    assert platform.target.run("kubectl", "get", "pods", "-n", namespace, "-o", "name") == pod
