"""Valid manifests in which every field of every resource is set at least once."""

from typing import Any

from tests.contract.crds.case import Spec, manifest

MOMENT = "2026-11-21T12:00:00Z"
CONDITION = {
    "type": "Ready",
    "status": "False",
    "observedGeneration": 3,
    "reason": "SecretNotFound",
    "message": "Secret openai is missing: create it",
    "lastTransitionTime": MOMENT,
}

RUNTIME: Spec = {
    "image": "ghcr.io/openclaw/openclaw:2026.9.6@sha256:" + "0" * 64,
    "imagePullPolicy": "IfNotPresent",
    "imagePullSecrets": [{"name": "registry"}],
    "resources": {"requests": {"cpu": "250m", "memory": "1Gi"}, "limits": {"cpu": 2, "memory": "2Gi"}},
    "env": [
        {"name": "TZ", "value": "Europe/Zurich"},
        {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "ava-tools", "key": "token", "optional": True}}},
        {"name": "CITY", "valueFrom": {"configMapKeyRef": {"name": "ava-settings", "key": "city", "optional": True}}},
        {"name": "NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
    ],
    "nodeSelector": {"disktype": "ssd"},
    "tolerations": [
        {
            "key": "dedicated",
            "operator": "Equal",
            "value": "agents",
            "effect": "NoExecute",
            "tolerationSeconds": 60,
        },
        {"operator": "Exists"},
    ],
    "affinity": {
        "nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []},
        "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": []},
        "podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": []},
    },
    "runtimeClassName": "gvisor",
    "podLabels": {"cost-center": "support", "app.kubernetes.io/version": "1"},
    "podAnnotations": {"example.com/note": "Any text, with spaces."},
    "config": {
        "agents": {"defaults": {"maxConcurrent": 2}},
        "models": {"providers": {"other": {"baseUrl": "https://llm.example.com/v1"}}},
        "tools": {"fs": {"workspaceOnly": True}},
    },
}

AGENT: Spec = {
    "displayName": "Ava, die Bäckerin 🥐",
    "systemPrompt": "You answer support mail.",
    "llmConfigRef": {"name": "default"},
    "tools": ["email", "chat", "drive"],
    "delegates": [{"name": "codeur"}],
    "mcpServers": {
        "weather": {
            "url": "https://mcp.example.com:8443/@scope/mcp?version=2",
            "headersFrom": [{"name": "X-Api-Key", "secretKeyRef": {"name": "weather-mcp", "key": "api-key"}}],
        }
    },
    "skills": {
        "greeting": "---\nname: greeting\ndescription: How to greet\n---\nSay hello.",
        "refunds": {"configMapKeyRef": {"name": "skills", "key": "refunds.md"}},
    },
    "running": True,
    "storage": {"size": "5Gi", "storageClassName": "fast-ssd", "ephemeral": False},
    "runtime": RUNTIME,
}

AGENT_STATUS: Spec = {
    "phase": "Running",
    "observedGeneration": 3,
    "endpoint": "http://ava.team-a.svc:18789",
    "llm": {"mode": "BYOKey", "provider": "openai", "model": "gpt-4o-mini", "tier": "economy"},
    "usage": {
        "period": "2026-11",
        "requests": 12,
        "tokens": 3456,
        "includedTokens": 2000000,
        "percent": 0.17,
        "cost": 0.0021,
        "overageTokens": 0,
        "updatedAt": MOMENT,
    },
    "conditions": [CONDITION],
}

LLMCONFIG: Spec = {
    "mode": "BYOKey",
    "provider": "custom",
    "model": "qwen2.5-coder",
    "apiKeySecretRef": {"name": "own-server", "key": "api-key"},
    "endpoint": "https://llm.example.com/v1",
    "fallbacks": [
        {
            "provider": "custom",
            "model": "small",
            "apiKeySecretRef": {"name": "own-server", "key": "api-key"},
            "endpoint": "http://10.0.0.7:8080/v1",
        },
        {"provider": "ollama", "model": "llama3.2"},
    ],
    "parameters": {"temperature": 0.3, "maxTokens": 2048, "topP": 0.9},
    "routing": {
        "mode": "Hybrid",
        "tools": "Needed",
        "categories": [
            {
                "name": "invoices",
                "models": ["openai/gpt-4o"],
                "keywords": ["invoice", "facture"],
                "description": "Questions about bills and payments.",
                "examples": ["Why is my bill higher this month?"],
                "comparison": {"model": "minimax/MiniMax-M2.5", "percent": 20},
            },
            {"name": "code", "models": ["anthropic/claude-sonnet-4"]},
        ],
    },
    "limits": {
        "monthlyTokens": 2000000,
        "monthlyCost": 20,
        "requestsPerMinute": 60,
        "tokensPerMinute": 100000,
        "concurrency": 4,
        "onExceeded": "Throttle",
    },
}

WHOLE: tuple[dict[str, Any], ...] = (
    manifest("Agent", "ava", AGENT, status=AGENT_STATUS),
    manifest(
        "Agent",
        "a" * 52,
        {
            "templateRef": {"name": "support-email"},
            "systemPromptFrom": {"configMapKeyRef": {"name": "prompts", "key": "ava.md"}},
            "storage": {"ephemeral": True, "size": "512Mi"},
        },
    ),
    manifest(
        "LLMConfig",
        "own-server",
        LLMCONFIG,
        status={"observedGeneration": 3, "hasKey": True, "agents": 2, "conditions": [CONDITION]},
    ),
    manifest("LLMConfig", "plan", {"mode": "Managed", "tier": "economy"}),
    manifest("AgentTemplate", "support", {"description": "Answers.", "recommendedTier": "economy", "agent": AGENT}),
    manifest(
        "AgentTemplate",
        "from-file",
        {"agent": {"systemPromptFrom": {"configMapKeyRef": {"name": "prompts", "key": "ava.md"}}}},
    ),
)
