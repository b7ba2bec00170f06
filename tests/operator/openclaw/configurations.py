"""Settings that people write, right and wrong; each is merged into what the operator generates."""

from typing import Any


def defaults(**settings: Any) -> dict[str, Any]:
    return {"agents": {"defaults": settings}}


def main(**settings: Any) -> dict[str, Any]:
    return {"agents": {"entries": {"main": settings}}}


def server(**settings: Any) -> dict[str, Any]:
    return {"mcp": {"servers": {"x": settings}}}


BOTH = "cannot stand beside alsoAllow, which is set too: add to alsoAllow instead, or set alsoAllow to []"
SEARCH = "gemini, grok, minimax, ollama"
URL = "https://x.example.com/mcp"

RIGHT: dict[str, dict[str, Any]] = {
    "nothing": {},
    "heartbeat": defaults(heartbeat={"every": "1h30m", "activeHours": {"start": "08:00", "end": "24:00"}}),
    "heartbeat in bare minutes": defaults(heartbeat={"every": "30"}),
    "tools by name": {"tools": {"allow": ["read"], "alsoAllow": []}},
    "a model per agent": main(model="router/router"),
    "an alias": defaults(models={"router/router": {"alias": "r"}}),
    "sampling": defaults(params={"temperature": 0.2}),
    "two agents": {"agents": {"ownership": "explicit", "entries": {"ben": {"name": "Ben"}}}},
    "two agents, one first": {"agents": {"entries": {"main": {"default": True}, "ben": {}}}},
    "a tool server": server(url=URL, transport="sse", headers={"A": 1}),
    "a local tool server": server(command="npx", args=["y"]),
    "a setting of nobody's in a tool server": server(url=URL, type="http"),
    "another provider": {"models": {"providers": {"mine": {"baseUrl": "https://x/v1", "models": []}}}},
    "retention": {"session": {"maintenance": {"pruneAfter": "30d", "maxDiskBytes": "500mb", "preserveRecent": False}}},
    "retention in days": {"session": {"maintenance": {"pruneAfter": 30, "maxDiskBytes": 1000}}},
    "cron": {"cron": {"enabled": True, "sessionRetention": "24h"}},
    "hooks": {"hooks": {"enabled": True, "token": "${HOOKS_TOKEN}"}},
    "telegram": {"channels": {"telegram": {"enabled": True, "botToken": "t"}}},
    "discord": {"channels": {"discord": {"token": "t"}}},
    "slack": {"channels": {"slack": {"botToken": "xoxb", "appToken": "xapp"}}},
    "whatsapp": {"channels": {"whatsapp": {"dmPolicy": "pairing"}}},
    "a secret by variable": {
        "skills": {"entries": {"x": {"apiKey": {"source": "env", "provider": "default", "id": "KEY"}}}}
    },
    "variables": {"env": {"vars": {"A": "b"}}},
    "telemetry of one's own": {"diagnostics": {"otel": {"enabled": True, "endpoint": "http://x:4318"}}},
    "search": {"tools": {"web": {"search": {"enabled": True, "provider": "gemini"}}}},
    "a binding": {"bindings": [{"agentId": "main", "match": {"channel": "a2a"}}]},
    "logs": {"logging": {"level": "debug"}},
}

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a slip": (
        defaults(heartbeat={"evry": "1m"}),
        'agents.defaults.heartbeat.evry: unknown setting (did you mean "every"?)',
    ),
    "a slip at the top": ({"agent": {}}, 'agent: unknown setting (did you mean "agents"?)'),
    "another program's setting": ({"env": {"A": "b"}}, "env.A: unknown setting; known here: shellEnv, vars"),
    "a word for a number": (defaults(timeoutSeconds=-1), "agents.defaults.timeoutSeconds: must be at least 0"),
    "half a run": (defaults(maxConcurrent=1.5), "agents.defaults.maxConcurrent: must be a whole number"),
    "no runs": (defaults(maxConcurrent=0), "agents.defaults.maxConcurrent: must be more than 0"),
    "a word that is none of these": (
        {"tools": {"profile": "codng"}},
        'tools.profile: must be one of "minimal", "coding", "messaging" or "full"',
    ),
    "one of several kinds": (
        defaults(subagents={"model": 5}),
        "agents.defaults.subagents.model: must be a string or an object",
    ),
    "one of several constants": (
        defaults(sandbox={"mode": "on"}),
        'agents.defaults.sandbox.mode: must be one of "off", "non-main" or "all"',
    ),
    "the variant that was meant": (
        {"skills": {"entries": {"x": {"apiKey": {"source": "env", "provider": "default", "id": "x-1"}}}}},
        "skills.entries.x.apiKey.id: must match ^[A-Z][A-Z0-9_]{0,127}$",
    ),
    "a name": (
        {"agents": {"ownership": "explicit", "entries": {"Bad Id!": {}}}},
        "agents.entries.Bad Id!: the name must match ^[a-z0-9_][a-z0-9_-]{0,63}$",
    ),
    "a channel that is none": (
        {"channels": {"telegrm": {}}},
        'channels.telegrm: unknown setting (did you mean "telegram"?)',
    ),
    "a channel's setting": (
        {"channels": {"telegram": {"botTokn": "t"}}},
        'channels.telegram.botTokn: unknown setting (did you mean "botToken"?)',
    ),
    "a number for a word": (main(identity={"emoji": 5}), "agents.entries.main.identity.emoji: must be a string"),
    "a duration": (
        defaults(heartbeat={"every": "often"}),
        "agents.defaults.heartbeat.every: must be a duration such as 30s, 5m or 1h30m",
    ),
    "an agent's duration": (
        main(heartbeat={"every": "1 week"}),
        "agents.entries.main.heartbeat.every: must be a duration such as 30s, 5m or 1h30m",
    ),
    "a retention": (
        {"session": {"maintenance": {"pruneAfter": "30 days"}}},
        "session.maintenance.pruneAfter: must be a duration such as 30s, 5m or 1h30m",
    ),
    "a size": (
        {"session": {"maintenance": {"maxDiskBytes": "lots"}}},
        "session.maintenance.maxDiskBytes: must be a size such as 500mb or 2gb",
    ),
    "a time of day": (
        defaults(heartbeat={"activeHours": {"start": "24:00"}}),
        'agents.defaults.heartbeat.activeHours.start: must be a time of day as "HH:MM"',
    ),
    "tools twice": (
        {"tools": {"allow": ["read"]}},
        f"tools.allow: {BOTH}",
    ),
    "an agent's tools twice": (
        main(tools={"allow": ["a"], "alsoAllow": ["b"]}),
        f"agents.entries.main.tools.allow: {BOTH}",
    ),
    "a search key": (
        {"tools": {"web": {"search": {"apiKey": "k"}}}},
        "tools.web.search.apiKey: is a setting of the search provider's plugin, and plugins are Vutler's: remove it",
    ),
    "a search provider": (
        {"tools": {"web": {"search": {"provider": "brave"}}}},
        f"tools.web.search.provider: must be one of {SEARCH}; others need plugins, which are Vutler's",
    ),
    "two agents and nobody first": (
        {"agents": {"entries": {"ben": {}}}},
        'agents.ownership: must be "explicit" where agents.entries has several',
    ),
    "two agents, both first": (
        {"agents": {"entries": {"main": {"default": True}, "ben": {"default": True}}}},
        "agents.entries: only one may have default: true, not 2",
    ),
    "nobody's binding": (
        {"bindings": [{"agentId": "mian", "match": {"channel": "a2a"}}]},
        'bindings[0].agentId: unknown agent (did you mean "main"?)',
    ),
    "a tool server's other address": (server(url="ftp://x"), "mcp.servers.x.url: must be an http:// or https:// URL"),
    "a tool server's other setting": (
        server(url=URL, disabled=True),
        'mcp.servers.x.disabled: unknown setting: OpenClaw calls it "enabled"',
    ),
    "a tool server's timeout": (
        server(url=URL, timeout=5),
        'mcp.servers.x.timeout: unknown setting: OpenClaw calls it "requestTimeoutMs"',
    ),
    "a tool server without a command": (
        server(transport="stdio"),
        'mcp.servers.x.command: is missing: transport "stdio" needs it',
    ),
}
"""Settings, and what is said of them after `spec.runtime.config.`."""

LEFT_TO_OPENCLAW: dict[str, dict[str, Any]] = {
    "a heartbeat to nobody": defaults(heartbeat={"target": "telegramm"}),
    "a provider without models": {"models": {"providers": {"mine": {"baseUrl": "https://x/v1"}}}},
    "a decision model without provider": defaults(decisionModel="gpt"),
    "a network of the host": defaults(sandbox={"docker": {"network": "host"}}),
}
"""What OpenClaw refuses and the operator does not know of; one that becomes known belongs to the others."""

STRICTER: dict[str, dict[str, Any]] = {"a setting of an older version": defaults(contextTokens=1000)}
"""What OpenClaw takes out without a word, and the operator names."""
