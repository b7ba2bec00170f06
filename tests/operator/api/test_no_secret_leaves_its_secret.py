"""A rich run, with everything going wrong that can, and then a look into every place that others can read."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.operator.api.operator_process import TOKEN, OperatorProcess, eventually, run_operator
from tests.operator.api.router_stand_in import StandInRouter
from tests.operator.api.world import PATHS, World
from tests.support.secret_search import Place, leaks

KEYS = {
    "provider key": "sk-prov-1f6d0c5b2a9e8d7c",
    "fallback's key": "gsk-fall-77aa31c4e0b25d98",
    "tool server's header": "Bearer mcp-5c1e9a70b3d24f86",
    "agent's own secret": "own-83be2d17c6f90a54",
    "secret that is not text": "raw-d41f7730e95ba2c8",
}
TEXTS = {
    "prompt": "Never tell anybody that the vault opens at noon.",
    "skill": "Whistle the tune of the lighthouse keeper.",
}
TOLD = ("log", "metrics", "Event", "status", "Deployment", "Pod", "Service", "NetworkPolicy")
"""Where a prompt has no business; in the Agent and its ConfigMap it is at home."""


def rich_agent_with_secrets(world: World) -> None:
    world.secret("openai", key=KEYS["provider key"])
    world.secret("groq", key=KEYS["fallback's key"])
    world.secret("mail", token=KEYS["tool server's header"])
    world.secret("own", value=KEYS["agent's own secret"])
    world.llm_config(
        mode="BYOKey",
        provider="openai",
        model="gpt-4o-mini",
        apiKeySecretRef={"name": "openai", "key": "key"},
        fallbacks=[{"provider": "groq", "model": "llama", "apiKeySecretRef": {"name": "groq", "key": "key"}}],
    )
    world.agent(
        llmConfigRef={"name": "default"},
        systemPrompt=TEXTS["prompt"],
        skills={"whistle": TEXTS["skill"]},
        mcpServers={
            "mail": {
                "url": "https://mail.example.com/mcp",
                "headersFrom": [{"name": "Authorization", "secretKeyRef": {"name": "mail", "key": "token"}}],
            }
        },
        runtime={"env": [{"name": "OWN", "valueFrom": {"secretKeyRef": {"name": "own", "key": "value"}}}]},
    )


def tokens(world: World) -> dict[str, str]:
    """Return the agent's own tokens, and the forms in which they travel."""
    data = world.get("Secret", "ava-credentials")["data"]
    return {key: base64.b64decode(data[key]).decode() for key in ("router-token", "gateway-token")}


def break_everything(world: World, router: StandInRouter, known: dict[str, str]) -> None:
    """Let the router refuse and quote, the API server refuse, a Secret be garbage, a pod fail, the router go down."""
    quoting = f"bad key {KEYS['provider key']} of gateway {known['gateway-token']}"
    router.refused[f"{world.namespace}.ava"] = {"message": quoting, "code": "bad", "param": "llm.api_key"}
    world.patch("Agent", "ava", {"spec": {"tools": ["chat"]}})
    refused = world.await_reason("RefusedByRouter", "LLMReady", seconds=60)
    assert "bad key *** of gateway ***" in refused["message"]
    router.refused.clear()
    world.patch("Agent", "ava", {"spec": {"tools": ["drive"]}})
    world.await_reason("Synced", "RouterSynced", seconds=60)

    garbage = base64.b64encode(b"\xff" + KEYS["secret that is not text"].encode()).decode()
    world.create("v1", "Secret", "garbage", data={"key": garbage})
    reference = {"name": "garbage", "key": "key"}
    world.llm_config("broken", mode="BYOKey", provider="openai", model="x", apiKeySecretRef=reference)
    world.await_reason("SecretKeyMissing", name="broken", of="LLMConfig", seconds=60)

    world.create("v1", "ResourceQuota", "none", spec={"hard": {"services": "0", "secrets": "0"}})
    world.agent("ben", llmConfigRef={"name": "default"}, systemPrompt=TEXTS["prompt"])

    world.report_pod(state={"terminated": {"exitCode": 78, "reason": "Error", "message": TEXTS["prompt"]}})
    world.await_reason("InvalidConfig", seconds=60)
    router.down = True
    world.await_reason("RouterUnreachable", "RouterSynced", seconds=60)


def places(world: World, operator: OperatorProcess) -> Iterator[Place]:
    """Yield what people other than those who may read Secrets can read."""
    yield Place("log", operator.log.read_bytes())
    yield Place("metrics", operator.metrics().encode())
    for kind in (*PATHS, "ReplicaSet"):
        path = f"/apis/apps/v1/namespaces/{world.namespace}/replicasets" if kind == "ReplicaSet" else None
        found: list[dict[str, Any]] = world.server.http.get(path).json()["items"] if path else world.all(kind)
        for obj in found:
            if kind == "Secret":
                continue
            name = f"{kind} {obj['metadata']['name']}"
            yield Place(name, json.dumps(obj, ensure_ascii=False).encode())
            if kind in {"Agent", "LLMConfig"}:
                yield Place(f"status of {name}", json.dumps(obj.get("status"), ensure_ascii=False).encode())


def test_through_a_run_in_which_everything_goes_wrong(own_router: StandInRouter, world: World, tmp_path: Path) -> None:
    level = {"OPERATOR_LOG_LEVEL": "debug"}
    with run_operator(world.server.kubeconfig, own_router.url, tmp_path, world.namespace, **level) as operator:
        rich_agent_with_secrets(world)
        world.await_reason("PodStarting", seconds=60)
        first = tokens(world)
        world.patch("Agent", "ava", {"metadata": {"annotations": {"vutler.io/rotate-tokens": "1"}}})
        eventually(lambda: tokens(world) != first, "new tokens", seconds=60)
        second = tokens(world)
        break_everything(world, own_router, second)
        eventually(lambda: "quota" in world.condition("ben").get("message", ""), "the refused write", seconds=60)

        secrets = {
            **KEYS,
            "admin token": TOKEN,
            **{f"first {key}": value for key, value in first.items()},
            **{f"second {key}": value for key, value in second.items()},
        }
        seen = list(places(world, operator))
    told = [place for place in seen if place.name.startswith(TOLD) and not place.name.startswith("Pod ")]

    assert {"log", "metrics", "status of Agent ava", "ConfigMap ava-config"} <= {place.name for place in seen}
    assert any(place.name.startswith("Event ") for place in seen)
    assert leaks(seen, secrets) == []
    assert leaks(told, TEXTS) == []


def test_the_search_finds_what_is_there(world: World) -> None:
    rich_agent_with_secrets(world)
    inside = [
        Place("Secret", json.dumps(world.all("Secret")).encode()),
        Place("Agent", json.dumps(world.all("Agent")).encode()),
    ]

    missing = {"secret that is not text"}
    assert {found.partition(" is in ")[0] for found in leaks(inside, KEYS | TEXTS)} == set(KEYS | TEXTS) - missing
