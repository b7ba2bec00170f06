import base64
import hashlib
import json

import pytest

from tests.operator.api.operator_process import OperatorProcess, eventually
from tests.operator.api.router_stand_in import StandInRouter
from tests.operator.api.world import CHILDREN, World


@pytest.mark.usefixtures("operator")
def test_all_seven_appear_owned_by_the_agent_and_labelled(world: World) -> None:
    uid = world.agent()["metadata"]["uid"]

    children = world.children()

    assert sorted((kind, child["metadata"]["name"]) for kind, child in children.items()) == CHILDREN
    for child in children.values():
        owner = child["metadata"]["ownerReferences"][0]
        assert (owner["uid"], owner["controller"], owner["blockOwnerDeletion"]) == (uid, True, True)
        assert child["metadata"]["labels"]["vutler.io/agent"] == "ava"
        assert "vutler-operator" in {entry["manager"] for entry in child["metadata"]["managedFields"]}


@pytest.mark.usefixtures("operator")
def test_a_ready_pod_makes_the_agent_ready(world: World) -> None:
    world.llm_config(mode="Managed", tier="economy")
    world.agent(llmConfigRef={"name": "default"})
    world.await_reason("PodStarting")

    world.report_pod()

    world.await_reason("AgentReady")
    status = world.get("Agent", "ava")["status"]
    assert status["phase"] == "Running"
    assert status["endpoint"] == f"http://ava.{world.namespace}.svc:18789"
    assert status["llm"] == {"mode": "Managed", "tier": "economy"}
    assert status["observedGeneration"] == 1
    assert {c["type"]: c["status"] for c in status["conditions"]} == {
        "Ready": "True",
        "TemplateResolved": "True",
        "LLMReady": "True",
        "ConfigValid": "True",
        "RouterSynced": "True",
        "WithinFairUse": "True",
    }


def test_it_takes_at_most_eleven_writes_up_to_ready(own_operator: OperatorProcess, world: World) -> None:
    """Of an operator that sees this namespace alone: what earlier tests left behind does not count."""
    before = own_operator.settle()
    world.agent()
    world.await_reason("PodStarting")
    world.report_pod()
    world.await_reason("AgentReady")

    assert own_operator.settle() - before <= 11


@pytest.mark.usefixtures("operator")
def test_the_router_is_told_with_the_hash_of_the_token_and_the_key(router: StandInRouter, world: World) -> None:
    world.secret("openai", key="sk-of-the-user")
    world.llm_config(
        mode="BYOKey", provider="openai", model="gpt-4o-mini", apiKeySecretRef={"name": "openai", "key": "key"}
    )
    world.agent(displayName="Ava", llmConfigRef={"name": "default"}, delegates=[{"name": "coder"}], tools=["drive"])
    world.await_reason("Synced", "RouterSynced")

    record = router.agents[f"{world.namespace}.ava"]

    secret = world.get("Secret", "ava-credentials")["data"]
    token, gateway = (base64.b64decode(secret[key]).decode() for key in ("router-token", "gateway-token"))
    assert record.pop("revision")
    assert record == {
        "display_name": "Ava",
        "workspace_id": world.namespace,
        "managed_by": "operator",
        "token_sha256": hashlib.sha256(token.encode()).hexdigest(),
        "running": True,
        "gateway": {"url": f"http://ava.{world.namespace}.svc:18789", "token": gateway},
        "tools": ["drive"],
        "delegates": [f"{world.namespace}.coder"],
        "llm": {
            "source": f"{world.namespace}/default",
            "provider": "openai",
            "model": "gpt-4o-mini",
            "api_key": "sk-of-the-user",
            "custom_endpoint": None,
            "fallbacks": [],
        },
    }


def test_no_secret_is_anywhere_but_in_secrets_and_in_the_router(operator: OperatorProcess, world: World) -> None:
    world.secret("openai", key="sk-of-the-user")
    world.llm_config(
        mode="BYOKey", provider="openai", model="gpt-4o-mini", apiKeySecretRef={"name": "openai", "key": "key"}
    )
    world.agent(llmConfigRef={"name": "default"})
    children = world.children()
    world.await_reason("Synced", "RouterSynced")
    tokens = [base64.b64decode(value).decode() for value in children.pop("Secret")["data"].values()]

    visible = json.dumps([*children.values(), *(world.all(kind) for kind in ("Agent", "LLMConfig", "Event", "Pod"))])

    for secret in (*tokens, "sk-of-the-user"):
        assert secret not in visible
        assert secret not in operator.log.read_text()
        assert secret not in operator.metrics()


@pytest.mark.usefixtures("operator")
def test_an_ephemeral_agent_has_no_volume_claim(world: World) -> None:
    world.agent(storage={"ephemeral": True})
    world.get("Deployment", "ava")

    assert world.find("PersistentVolumeClaim", "ava-state") is None


@pytest.mark.usefixtures("operator")
def test_a_deleted_agent_takes_its_children_and_its_record_along(router: StandInRouter, world: World) -> None:
    world.agent()
    world.await_reason("Synced", "RouterSynced")

    world.delete("Agent", "ava")

    eventually(lambda: f"{world.namespace}.ava" not in router.agents, "its record is gone")
    # The garbage collector looks for new kinds of owners every 30 seconds.
    eventually(lambda: world.find("Deployment", "ava") is None, "its Deployment is gone", seconds=60)
    eventually(lambda: world.find("Secret", "ava-credentials") is None, "its Secret is gone", seconds=60)


@pytest.mark.usefixtures("operator")
def test_an_agent_made_again_at_once_gets_children_of_its_own(world: World) -> None:
    world.agent()
    old = world.children()["Deployment"]["metadata"]["uid"]
    world.delete("Agent", "ava")
    uid = world.agent()["metadata"]["uid"]

    def renewed() -> bool:
        found = world.find("Deployment", "ava")
        return found is not None and found["metadata"]["ownerReferences"][0]["uid"] == uid

    eventually(renewed, "a new Deployment", seconds=60)
    assert world.get("Deployment", "ava")["metadata"]["uid"] != old


@pytest.mark.usefixtures("operator")
def test_stopping_scales_to_nothing_and_keeps_the_state(world: World) -> None:
    world.agent()
    world.await_reason("PodStarting")
    world.report_pod()
    world.await_reason("AgentReady")

    world.patch("Agent", "ava", {"spec": {"running": False}})

    world.await_reason("Stopped")
    assert world.get("Agent", "ava")["status"]["phase"] == "Stopped"
    assert world.get("Deployment", "ava")["spec"]["replicas"] == 0
    assert world.find("PersistentVolumeClaim", "ava-state") is not None


@pytest.mark.usefixtures("operator")
def test_a_stop_is_carried_out_although_the_rest_is_refused(world: World) -> None:
    world.agent()
    world.await_reason("PodStarting")
    world.report_pod()
    world.await_reason("AgentReady")

    world.patch("Agent", "ava", {"spec": {"running": False, "runtime": {"config": {"cron": 3}}}})

    world.await_reason("Stopped")
    world.await_reason("InvalidConfig", "ConfigValid")
    assert world.get("Deployment", "ava")["spec"]["replicas"] == 0

    world.patch("Agent", "ava", {"spec": {"running": True, "runtime": {"config": None}}})

    eventually(lambda: world.get("Deployment", "ava")["spec"]["replicas"] == 1, "it runs again")


@pytest.mark.usefixtures("operator")
def test_its_pod_passes_the_restricted_security_level(world: World) -> None:
    label = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    headers = {"Content-Type": "application/merge-patch+json"}
    labelled = world.server.http.patch(f"/api/v1/namespaces/{world.namespace}", json=label, headers=headers)
    assert labelled.is_success

    world.agent()

    assert world.pod()["spec"]["serviceAccountName"] == "ava"
