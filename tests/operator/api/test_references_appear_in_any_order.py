from itertools import permutations

import pytest

from tests.operator.api.operator_process import eventually
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
