"""One agent of every broken kind."""

from typing import Any

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
    """Make one agent of every kind."""
    world.create("v1", "ConfigMap", "empty", data={})
    world.create("v1", "ConfigMap", "name-taken-config", data={})
    key = {"name": "nowhere", "key": "key"}
    world.llm_config("keyless", mode="BYOKey", provider="openai", model="gpt-4o", apiKeySecretRef=key)
    router.refused[f"{world.namespace}.refused"] = REFUSAL
    for name, (spec, _) in BROKEN.items():
        world.agent(name, **spec)
    for name, reason in WAITING.items():
        world.report_pod(name, state={"waiting": {"reason": reason, "message": "again and again"}}, restartCount=9)
