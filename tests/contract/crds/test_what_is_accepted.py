from typing import Any

import pytest

from tests.contract.crds.case import Spec, manifest
from tests.contract.crds.rules import KINDS, fields, schema
from tests.contract.crds.whole import AGENT, WHOLE
from tests.support.api_server import ApiServer

AGENTS: dict[str, Spec] = {
    "nothing at all": {},
    "an empty list of tools": {"tools": []},
    "a skill that is a text": {"skills": {"refunds": "Say sorry."}},
    "an MCP server inside the cluster": {"mcpServers": {"crm_2": {"url": "http://crm.sales:8080/mcp"}}},
    "a volume's size with decimals": {"storage": {"size": "1.5Gi"}},
    "a CPU limit as a number": {"runtime": {"resources": {"limits": {"cpu": 1, "memory": "2Gi"}}}},
    "a variable without a value": {"runtime": {"env": [{"name": "FLAG"}]}},
    "a toleration of everything": {"runtime": {"tolerations": [{"operator": "Exists"}]}},
    "OpenClaw settings beside the protected ones": {
        "runtime": {"config": {"models": {"providers": {"mine": {}}}, "tools": {"fs": {}}, "cron": {"enabled": True}}}
    },
}

OPENAI = {"provider": "openai", "model": "gpt-4o", "apiKeySecretRef": {"name": "openai", "key": "api-key"}}
LLMCONFIGS: dict[str, Spec] = {
    "an own key": {"mode": "BYOKey", **OPENAI},
    "Ollama where the platform knows it": {"mode": "BYOKey", "provider": "ollama", "model": "llama3.2"},
    "a server of one's own without a key": {
        "mode": "BYOKey",
        "provider": "custom",
        "model": "m",
        "endpoint": "http://[fd00::1]:8080/v1",
    },
    "routing that is off": {"mode": "BYOKey", **OPENAI, "routing": {"mode": "Off"}},
    "a built-in category with a model of its own": {
        "mode": "Managed",
        "tier": "premium",
        "routing": {"categories": [{"name": "code", "models": ["openai/gpt-4o"]}]},
    },
    "a comparison of two models of a built-in category": {
        "mode": "BYOKey",
        **OPENAI,
        "routing": {
            "tools": "Never",
            "categories": [
                {"name": "code", "models": ["gpt-4o"], "comparison": {"model": "gpt-4o-mini", "percent": 50}},
                {"name": "reasoning", "models": ["gpt-4o", "gpt-5"], "comparison": {"model": "gpt-5", "percent": 1}},
            ],
        },
    },
}

CHANGES: dict[str, tuple[Spec, Spec]] = {
    "a volume grows": ({"size": "5Gi"}, {"size": "6Gi"}),
    "the same size is written in another way": ({"size": "1Gi"}, {"size": "1024Mi"}),
    "state that dies with the pod shrinks": ({"size": "5Gi", "ephemeral": True}, {"size": "1Gi", "ephemeral": True}),
    "a volume without a class gets one": ({"size": "5Gi"}, {"size": "5Gi", "storageClassName": "fast"}),
}


def stored(crds: ApiServer, resource: dict[str, Any], namespace: str) -> dict[str, Any]:
    """Create a resource and return what the server keeps of it."""
    answer = crds.create(resource, namespace)
    assert answer.is_success, answer.text
    kept: dict[str, Any] = answer.json()
    return kept


@pytest.mark.parametrize("whole", WHOLE, ids=lambda whole: f"{whole['kind']} {whole['metadata']['name']}")
def test_a_manifest_with_every_field_is_kept_as_it_was_written(
    whole: dict[str, Any], crds: ApiServer, namespace: str
) -> None:
    assert stored(crds, whole, namespace)["spec"] == whole["spec"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_manifests_with_every_field_leave_no_field_out(kind: str) -> None:
    written = {path for whole in WHOLE if whole["kind"] == kind for path in _paths(whole, "")}
    paths = [path for path, _ in fields(schema(kind)) if not _is_refused(path)]
    assert {path for path in paths if path.split(".")[0] in {"spec", "status"}} <= written


@pytest.mark.parametrize("spec", AGENTS.values(), ids=AGENTS)
def test_an_agent_is_accepted_with(spec: Spec, crds: ApiServer, namespace: str) -> None:
    assert stored(crds, manifest("Agent", "ava", spec), namespace)["spec"] == spec


@pytest.mark.parametrize("spec", AGENTS.values(), ids=AGENTS)
def test_a_template_is_accepted_with(spec: Spec, crds: ApiServer, namespace: str) -> None:
    assert stored(crds, manifest("AgentTemplate", "support", {"agent": spec}), namespace)["spec"] == {"agent": spec}


@pytest.mark.parametrize("spec", LLMCONFIGS.values(), ids=LLMCONFIGS)
def test_an_llmconfig_is_accepted_with(spec: Spec, crds: ApiServer, namespace: str) -> None:
    assert stored(crds, manifest("LLMConfig", "default", spec), namespace)["spec"] == spec


@pytest.mark.parametrize(("before", "after"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_accepted_when(before: Spec, after: Spec, crds: ApiServer, namespace: str) -> None:
    kept = stored(crds, manifest("Agent", "ava", {"storage": before}), namespace)
    changed = {**kept, "spec": {"storage": after}}
    assert crds.http.put(f"{crds.path(kept, namespace)}/ava", json=changed).json()["spec"] == {"storage": after}


def test_a_template_may_shrink_what_its_next_agents_get(crds: ApiServer, namespace: str) -> None:
    kept = stored(crds, manifest("AgentTemplate", "support", {"agent": {"storage": {"size": "5Gi"}}}), namespace)
    changed = {**kept, "spec": {"agent": {"storage": {"size": "1Gi"}}}}
    assert crds.http.put(f"{crds.path(kept, namespace)}/support", json=changed).is_success


def test_a_limit_that_says_nothing_else_is_only_logged(crds: ApiServer, namespace: str) -> None:
    spec = {"mode": "Managed", "tier": "economy", "limits": {"monthlyTokens": 1000}}
    kept = stored(crds, manifest("LLMConfig", "plan", spec), namespace)
    assert kept["spec"]["limits"] == {"monthlyTokens": 1000, "onExceeded": "Log"}


def test_the_server_fills_nothing_in_that_would_beat_a_template() -> None:
    assert [path for path, node in fields(schema("Agent")) if "default" in node] == []


def test_a_status_is_written_apart_from_the_spec(crds: ApiServer, namespace: str) -> None:
    whole = WHOLE[0]
    path = f"{crds.path(whole, namespace)}/ava"
    assert "status" not in stored(crds, whole, namespace)
    crds.http.patch(f"{path}/status", json=whole, headers={"content-type": "application/merge-patch+json"})
    kept = crds.http.get(path).json()
    assert (kept["status"], kept["spec"]) == (whole["status"], AGENT)


def _is_refused(path: str) -> bool:
    """Say whether a path exists only to be refused with a message."""
    template = path.startswith("spec.agent.")
    inner = path.removeprefix("spec.agent.").removeprefix("spec.")
    protected = ("gateway", "models.providers.router", "plugins", "tools.exec", "tools.elevated", "update", "telemetry")
    return inner in {f"runtime.config.{name}" for name in protected} or (template and inner.startswith("templateRef"))


def _paths(node: object, path: str) -> set[str]:
    """Return the paths of everything in a manifest, maps and lists as the schema walk writes them."""
    found = {path}
    if isinstance(node, dict):
        for name, child in node.items():
            found |= _paths(child, f"{path}.{name}".lstrip(".")) | _paths(child, f"{path}.*")
    elif isinstance(node, list):
        for item in node:
            found |= _paths(item, f"{path}.[]")
    return found
