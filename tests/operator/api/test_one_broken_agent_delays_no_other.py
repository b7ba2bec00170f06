"""One agent of every broken kind beside a good one: that one does not notice, and each of them says what is wrong."""

import time
from typing import Any

from tests.operator.api.operator_process import OperatorProcess, eventually
from tests.operator.api.router_stand_in import StandInRouter
from tests.operator.api.world import World

REFUSAL = {"message": "tools: unknown", "code": "invalid_request", "param": "tools"}
SECRET = {"secretKeyRef": {"name": "nowhere", "key": "key"}}
SECCOMP = "seccomp.security.alpha.kubernetes.io/pod"
BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "no-template": ({"templateRef": {"name": "nowhere"}}, "TemplateNotFound"),
    "no-model": ({"llmConfigRef": {"name": "nowhere"}}, "LLMConfigNotFound"),
    "no-key": ({"llmConfigRef": {"name": "keyless"}}, "SecretNotFound"),
    "no-prompt": ({"systemPromptFrom": {"configMapKeyRef": {"name": "nowhere", "key": "a"}}}, "ConfigMapNotFound"),
    "no-prompt-key": ({"systemPromptFrom": {"configMapKeyRef": {"name": "empty", "key": "a"}}}, "ConfigMapKeyMissing"),
    "no-skill": ({"skills": {"greet": {"configMapKeyRef": {"name": "nowhere", "key": "a"}}}}, "ConfigMapNotFound"),
    "no-variable": ({"runtime": {"env": [{"name": "TOKEN", "valueFrom": SECRET}]}}, "SecretNotFound"),
    "no-header": (
        {"mcpServers": {"crm": {"url": "http://crm/mcp", "headersFrom": [{"name": "X-Key", **SECRET}]}}},
        "SecretNotFound",
    ),
    "own-type": ({"runtime": {"config": {"cron": 3}}}, "InvalidConfig"),
    "name-taken": ({}, "NameConflict"),
    "not-accepted": ({"runtime": {"podAnnotations": {SECCOMP: "unconfined"}}}, "RefusedByCluster"),
    "no-image": ({}, "ImagePullBackOff"),
    "crashing": ({}, "CrashLoopBackOff"),
    "refused": ({}, "RefusedByRouter"),
}
"""By name: what is broken in its spec, and the reason that its condition must give."""
WAITING = {"no-image": "ImagePullBackOff", "crashing": "CrashLoopBackOff"}


def make_the_broken(world: World, router: StandInRouter) -> None:
    world.create("v1", "ConfigMap", "empty", data={})
    world.create("v1", "ConfigMap", "name-taken-config", data={})
    key = {"name": "nowhere", "key": "key"}
    world.llm_config("keyless", mode="BYOKey", provider="openai", model="gpt-4o", apiKeySecretRef=key)
    router.refused[f"{world.namespace}.refused"] = REFUSAL
    for name, (spec, _) in BROKEN.items():
        world.agent(name, **spec)
    for name, reason in WAITING.items():
        world.report_pod(name, state={"waiting": {"reason": reason, "message": "again and again"}}, restartCount=9)


def test_a_good_one_is_served_as_if_it_were_alone(
    operator: OperatorProcess, router: StandInRouter, world: World
) -> None:
    world.agent("alone")
    alone = seconds_until_there(world, "alone")
    make_the_broken(world, router)

    world.agent("good")
    beside = seconds_until_there(world, "good")
    world.report_pod("good")
    world.await_reason("AgentReady", name="good", seconds=30)
    world.await_reason("Synced", "RouterSynced", name="good", seconds=30)

    assert beside < alone + 5, "a machine that is busy gets some room"
    found = {
        name: world.await_reason(reason, "RouterSynced" if name == "refused" else "Ready", name, seconds=30)["reason"]
        for name, (_, reason) in BROKEN.items()
    }
    assert found == {name: reason for name, (_, reason) in BROKEN.items()}
    before = operator.settle()
    world.patch("Agent", "good", {"spec": {"displayName": "Better"}})
    eventually(lambda: router.agents[f"{world.namespace}.good"]["display_name"] == "Better", "an edit arrives")
    assert operator.settle() > before


def test_the_broken_ones_write_nothing_while_they_wait(
    operator: OperatorProcess, router: StandInRouter, world: World
) -> None:
    make_the_broken(world, router)
    for name, (_, reason) in BROKEN.items():
        world.await_reason(reason, "RouterSynced" if name == "refused" else "Ready", name, seconds=30)
    operator.settle(quiet_seconds=2)
    versions = world.versions()

    before = operator.settle()
    assert operator.settle(quiet_seconds=6) == before, "longer than any of them is looked at again"

    assert world.versions() == versions


def seconds_until_there(world: World, name: str) -> float:
    start = time.monotonic()
    eventually(lambda: world.find("Deployment", name), f"a Deployment of {name}", seconds=30)
    return time.monotonic() - start
