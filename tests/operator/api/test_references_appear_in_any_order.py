import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import pytest

from tests.operator.api.operator_process import OperatorProcess, eventually
from tests.operator.api.router_stand_in import StandInRouter
from tests.operator.api.world import World


@pytest.mark.parametrize("order", list(permutations(("agent", "llm", "secret", "template"))), ids="-".join)
@pytest.mark.usefixtures("operator")
def test_whatever_comes_first(router: StandInRouter, world: World, order: tuple[str, ...]) -> None:
    make = {
        "agent": lambda: world.agent(templateRef={"name": "support"}),
        "llm": lambda: world.llm_config(
            mode="BYOKey", provider="openai", model="gpt-4o-mini", apiKeySecretRef={"name": "openai", "key": "key"}
        ),
        "secret": lambda: world.secret("openai", key="sk-1"),
        "template": lambda: world.create(
            "vutler.io/v1alpha1",
            "AgentTemplate",
            "support",
            spec={"agent": {"systemPrompt": "You support.", "llmConfigRef": {"name": "default"}}},
        ),
    }

    for thing in order:
        make[thing]()

    world.await_reason("PodStarting")
    assert world.get("ConfigMap", "ava-config")["data"]["AGENTS.md"] == "You support."
    eventually(
        lambda: (router.agents[f"{world.namespace}.ava"]["llm"] or {}).get("api_key") == "sk-1", "the key in the router"
    )


@pytest.mark.usefixtures("operator")
def test_each_missing_thing_is_named_until_it_is_there(world: World) -> None:
    world.agent(
        templateRef={"name": "support"},
        llmConfigRef={"name": "default"},
        systemPromptFrom={"configMapKeyRef": {"name": "prompts", "key": "ava.md"}},
    )
    world.await_reason("TemplateNotFound")
    world.create("vutler.io/v1alpha1", "AgentTemplate", "support", spec={"agent": {"displayName": "Support"}})
    world.await_reason("ConfigMapNotFound")
    world.create("v1", "ConfigMap", "prompts", data={"other.md": "text"})
    world.await_reason("ConfigMapKeyMissing")
    assert world.find("Deployment", "ava") is None
    world.patch("ConfigMap", "prompts", {"data": {"ava.md": "You are Ava."}})
    world.await_reason("LLMConfigNotFound")
    assert world.get("Deployment", "ava")["spec"]["replicas"] == 1
    world.llm_config(
        mode="BYOKey", provider="openai", model="gpt-4o-mini", apiKeySecretRef={"name": "openai", "key": "key"}
    )
    world.await_reason("SecretNotFound")
    world.secret("openai", other="x")
    missing = world.await_reason("SecretKeyMissing")
    assert missing["message"] == 'Secret "openai" has no value under key "key" (its keys: other): add it'
    world.patch("Secret", "openai", {"data": {"key": "c2stMQ=="}})
    world.await_reason("PodStarting")
    world.await_reason("KeysFound", "KeyResolved", "default", "LLMConfig")


SECRET_KEY = {"name": "keys", "key": "main"}
OPENAI: dict[str, Any] = {"mode": "BYOKey", "provider": "openai", "model": "gpt-4o-mini", "apiKeySecretRef": SECRET_KEY}
FALLBACK = {"provider": "groq", "model": "llama", "apiKeySecretRef": {"name": "groq", "key": "main"}}
TEXT = {"configMapKeyRef": {"name": "texts", "key": "ava.md"}}
HEADER = {"name": "Authorization", "secretKeyRef": SECRET_KEY}
ENV: dict[str, Any] = {"secretKeyRef": SECRET_KEY}

Make = Callable[[World], object]


@dataclass(frozen=True, slots=True)
class Late:
    """What appears after the agent that needs it: what is there before, how it comes, what is said until then."""

    agent: dict[str, Any]
    make: Make
    reason: str
    before: Make = lambda _: None
    condition: str = "Ready"


LATE = {
    "a template": Late(
        {"templateRef": {"name": "support"}},
        lambda world: world.create("vutler.io/v1alpha1", "AgentTemplate", "support", spec={"agent": {}}),
        "TemplateNotFound",
    ),
    "an LLMConfig": Late(
        {"llmConfigRef": {"name": "default"}},
        lambda world: world.llm_config(mode="Managed", tier="economy"),
        "LLMConfigNotFound",
    ),
    "a provider key's Secret": Late(
        {"llmConfigRef": {"name": "default"}},
        lambda world: world.secret("keys", main="sk-1"),
        "SecretNotFound",
        lambda world: world.llm_config(**OPENAI),
    ),
    "a key inside that Secret": Late(
        {"llmConfigRef": {"name": "default"}},
        lambda world: world.patch("Secret", "keys", {"data": {"main": "c2stMQ=="}}),
        "SecretKeyMissing",
        lambda world: (world.llm_config(**OPENAI), world.secret("keys", other="x")),
    ),
    "a fallback's key": Late(
        {"llmConfigRef": {"name": "default"}},
        lambda world: world.secret("groq", main="gsk-1"),
        "SecretNotFound",
        lambda world: (world.llm_config(**OPENAI, fallbacks=[FALLBACK]), world.secret("keys", main="sk-1")),
    ),
    "a prompt's ConfigMap": Late(
        {"systemPromptFrom": TEXT},
        lambda world: world.create("v1", "ConfigMap", "texts", data={"ava.md": "You are Ava."}),
        "ConfigMapNotFound",
    ),
    "a key inside that ConfigMap": Late(
        {"systemPromptFrom": TEXT},
        lambda world: world.patch("ConfigMap", "texts", {"data": {"ava.md": "You are Ava."}}),
        "ConfigMapKeyMissing",
        lambda world: world.create("v1", "ConfigMap", "texts", data={"other": "x"}),
    ),
    "a skill's ConfigMap": Late(
        {"skills": {"greet": TEXT}},
        lambda world: world.create("v1", "ConfigMap", "texts", data={"ava.md": "Say hello."}),
        "ConfigMapNotFound",
    ),
    "a tool server's header": Late(
        {"mcpServers": {"crm": {"url": "http://crm/mcp", "headersFrom": [HEADER]}}},
        lambda world: world.secret("keys", main="Bearer t-1"),
        "SecretNotFound",
    ),
    "a variable's Secret": Late(
        {"runtime": {"env": [{"name": "TOKEN", "valueFrom": ENV}]}},
        lambda world: world.secret("keys", main="t-1"),
        "SecretNotFound",
    ),
    "a variable's ConfigMap": Late(
        {"runtime": {"env": [{"name": "CITY", "valueFrom": TEXT}]}},
        lambda world: world.create("v1", "ConfigMap", "texts", data={"ava.md": "Bern"}),
        "ConfigMapNotFound",
    ),
}


@pytest.mark.parametrize("thing", LATE)
def test_what_comes_last_is_waited_for_without_a_write(operator: OperatorProcess, world: World, thing: str) -> None:
    late = LATE[thing]
    late.before(world)
    world.agent(**late.agent)
    world.await_reason(late.reason)
    operator.settle()
    versions = world.versions()
    before = operator.settle(quiet_seconds=2)

    assert world.versions() == versions, "nothing is written while it waits"
    late.make(world)
    started = time.monotonic()
    world.await_reason("PodStarting", seconds=30)

    assert operator.settle() > before
    assert time.monotonic() - started < 10, "seconds, on a busy machine too"


@pytest.mark.usefixtures("operator")
def test_an_llm_config_counts_its_agents(world: World) -> None:
    world.llm_config(mode="Managed", tier="economy")
    for name in ("ava", "ben"):
        world.agent(name, llmConfigRef={"name": "default"})
    eventually(lambda: world.get("LLMConfig", "default").get("status", {}).get("agents") == 2, "two agents")

    world.delete("Agent", "ben")

    eventually(lambda: world.get("LLMConfig", "default")["status"]["agents"] == 1, "one agent")


@pytest.mark.usefixtures("operator")
def test_a_key_that_changes_reaches_the_router_and_rolls_nothing(router: StandInRouter, world: World) -> None:
    world.secret("openai", key="sk-1")
    world.llm_config(
        mode="BYOKey", provider="openai", model="gpt-4o-mini", apiKeySecretRef={"name": "openai", "key": "key"}
    )
    world.agent(llmConfigRef={"name": "default"})
    world.await_reason("Synced", "RouterSynced")
    generation = world.get("Deployment", "ava")["metadata"]["generation"]

    world.patch("Secret", "openai", {"data": {"key": "c2stMg=="}})

    eventually(lambda: router.agents[f"{world.namespace}.ava"]["llm"]["api_key"] == "sk-2", "the new key")
    assert world.get("Deployment", "ava")["metadata"]["generation"] == generation


@pytest.mark.usefixtures("operator")
def test_a_key_whose_secret_is_deleted_is_forgotten_by_the_router(router: StandInRouter, world: World) -> None:
    world.secret("openai", key="sk-1")
    world.secret("groq", key="gsk-1")
    world.llm_config(
        mode="BYOKey",
        provider="openai",
        model="gpt-4o-mini",
        apiKeySecretRef={"name": "openai", "key": "key"},
        fallbacks=[{"provider": "groq", "model": "llama", "apiKeySecretRef": {"name": "groq", "key": "key"}}],
    )
    world.agent(llmConfigRef={"name": "default"})
    world.await_reason("Synced", "RouterSynced")
    identifier = f"{world.namespace}.ava"

    world.delete("Secret", "openai")
    eventually(lambda: router.agents[identifier]["llm"]["api_key"] == "gsk-1", "only the fallback is left")
    world.await_reason("SecretNotFound", "LLMReady")
    world.delete("Secret", "groq")

    eventually(lambda: router.agents[identifier]["llm"] is None, "no key is left")
    world.secret("openai", key="sk-2")
    eventually(lambda: (router.agents[identifier]["llm"] or {}).get("api_key") == "sk-2", "the new key")
