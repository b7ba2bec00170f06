from pathlib import Path

from tests.operator.api.operator_process import OperatorProcess, run_operator
from tests.operator.api.router_stand_in import StandInRouter
from tests.operator.api.world import World


def rich_agent(world: World) -> None:
    """Make an agent whose fields the API server rewrites where it can: quantities, defaults, empty values."""
    world.create("v1", "ConfigMap", "texts", data={"prompt": "You are Ava.", "colour": "blue"})
    world.secret("mail", token="t-1")
    world.llm_config(mode="Managed", tier="economy", limits={"monthlyTokens": 1000})
    selector = {"labelSelector": {"matchLabels": {"a": "b"}}, "topologyKey": "kubernetes.io/hostname"}
    world.agent(
        llmConfigRef={"name": "default"},
        systemPromptFrom={"configMapKeyRef": {"name": "texts", "key": "prompt"}},
        skills={"greet": "Say hello."},
        mcpServers={
            "mail": {
                "url": "https://mail.example.com/mcp",
                "headersFrom": [{"name": "Authorization", "secretKeyRef": {"name": "mail", "key": "token"}}],
            }
        },
        runtime={
            "resources": {"limits": {"memory": "2048Mi", "cpu": "1500m"}, "requests": {"cpu": 1}},
            "env": [
                {"name": "EMPTY", "value": ""},
                {"name": "COLOUR", "valueFrom": {"configMapKeyRef": {"name": "texts", "key": "colour"}}},
                {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
            ],
            "tolerations": [{"key": "gpu", "operator": "Exists"}],
            "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [selector]}},
            "nodeSelector": {"disk": "ssd"},
            "podLabels": {"team": "a"},
            "podAnnotations": {"note": "1"},
        },
    )


def test_when_the_agent_is_touched_again_and_again(operator: OperatorProcess, world: World) -> None:
    rich_agent(world)
    world.await_reason("Unschedulable")
    operator.settle()
    versions = world.versions()
    before = operator.settle()

    for number in range(10):
        world.patch("Agent", "ava", {"metadata": {"annotations": {"touched": str(number)}}})
    after = operator.settle()

    assert after == before
    now = world.versions()
    assert {key for key in now if now[key] != versions.get(key)} == {"Agent/ava"}


def test_when_the_operator_is_started_again(router: StandInRouter, world: World, tmp_path: Path) -> None:
    with run_operator(world.server.kubeconfig, router.url, tmp_path, world.namespace) as first:
        rich_agent(world)
        world.await_reason("Unschedulable")
        first.settle()
    versions = world.versions()

    with run_operator(world.server.kubeconfig, router.url, tmp_path, world.namespace) as second:
        assert second.settle(quiet_seconds=1.5) == 0

    assert world.versions() == versions
