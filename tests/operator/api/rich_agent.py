"""An agent with one of everything."""

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
