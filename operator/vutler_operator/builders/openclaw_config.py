"""Renders OpenClaw's configuration file; knows nothing of Kubernetes.

Verified against OpenClaw 2026.9.6: everything that calls out, schedules or executes by itself is off, the only model
provider is the router, tools are those of MCP servers and, with skills, reading inside the workspace.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue

from vutler_operator.errors import Blocked

__all__ = ["PLATFORM", "PROTECTED_PATHS", "Config", "OpenClawInputs", "ToolServer", "merge_config", "render_config"]

STATE_DIR: Final = "/home/node/.openclaw"
WORKSPACE: Final = f"{STATE_DIR}/workspace"

PLATFORM: Final = "platform"
"""The name of the tool server that the router is: its tools appear as `platform__email_send` and the like."""

_LONGEST_CALL: Final = 630_000
"""Milliseconds of one call of the platform's tools: the router lets an agent wait up to 600 s for another's answer."""

PROTECTED_PATHS: Final = (
    ("gateway",),
    ("models", "providers", "router"),
    ("plugins",),
    ("tools", "exec"),
    ("tools", "elevated"),
    ("agents", "entries", "*", "tools", "exec"),
    ("agents", "entries", "*", "tools", "elevated"),
    ("update",),
    ("telemetry",),
    ("mcp", "servers", PLATFORM),
)
"""What an Agent's own configuration may not touch: who may talk to the pod, where models are, what may be executed.

`*` stands for any name.
"""

Config = dict[str, JsonValue]
"""OpenClaw's configuration, or an object inside it."""


@dataclass(frozen=True, slots=True)
class ToolServer:
    """An MCP server: its URL, and per request header the environment variable that holds its value."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenClawInputs:
    """What differs from one agent's configuration to another's."""

    agent_id: str
    display_name: str
    router_url: str
    skills: tuple[str, ...] = ()
    tool_servers: Mapping[str, ToolServer] = field(default_factory=dict)
    overrides: Mapping[str, JsonValue] = field(default_factory=dict)


def render_config(inputs: OpenClawInputs) -> Config:
    """Render the whole configuration with the Agent's own settings merged in.

    Raises:
        Blocked: the Agent's own settings touch a protected path (`ProtectedPath`), or put a value of another type
            where the configuration has one (`InvalidConfig`).
    """
    config: Config = {
        **_switched_off(),
        "gateway": _gateway(),
        # At level info OpenClaw logs whole answers.
        "logging": {"level": "warn", "consoleStyle": "json"},
        "models": _models(inputs),
        "agents": _agents(inputs),
        "tools": _tools(inputs),
        "skills": {
            "allowBundled": ["none"],
            "load": {"watch": False},
            "workshop": {"autonomous": {"mode": "off"}},
        },
    }
    servers = {name: _server(server) for name, server in inputs.tool_servers.items()}
    servers[PLATFORM] = _platform(inputs.router_url)
    config["mcp"] = {"servers": dict(sorted(servers.items()))}
    return merge_config(config, inputs.overrides)


def merge_config(config: Config, overrides: Mapping[str, JsonValue]) -> Config:
    """Merge an Agent's own settings into the configuration: maps merge, everything else replaces.

    Raises:
        Blocked: see `render_config`; the message starts with the path.
    """
    return _merge(config, overrides, ())


def _merge(config: Config, overrides: Mapping[str, JsonValue], above: tuple[str, ...]) -> Config:
    merged = dict(config)
    for key, value in overrides.items():
        path = (*above, key)
        if _is_protected(path):
            raise Blocked(
                "ProtectedPath",
                f"spec.runtime.config.{'.'.join(path)} is set by Vutler and cannot be changed: remove it",
            )
        before = merged.get(key)
        if isinstance(value, dict) and (before is None or isinstance(before, dict)):
            merged[key] = _merge(before or {}, value, path)
        elif key in merged and _json_type(value) != _json_type(before):
            raise Blocked(
                "InvalidConfig",
                f"spec.runtime.config.{'.'.join(path)} must be {_json_type(before)}, not {_json_type(value)}",
            )
        else:
            merged[key] = value
    return merged


def _is_protected(path: tuple[str, ...]) -> bool:
    return any(
        len(path) == len(place) and all(step in {"*", name} for step, name in zip(place, path, strict=True))
        for place in PROTECTED_PATHS
    )


def _json_type(value: JsonValue) -> str:
    match value:
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case dict():
            return "an object"
        case None:
            return "null"


def _gateway() -> Config:
    return {
        "mode": "local",
        "port": 18789,
        "bind": "lan",
        "auth": {"mode": "token"},
        "controlUi": {"enabled": False},
        "terminal": {"enabled": False},
        "cliAgents": {"enabled": False},
        "reload": {"mode": "hybrid"},
        "http": {"endpoints": {"chatCompletions": {"enabled": True}}},
    }


def _switched_off() -> Config:
    return {
        "update": {"checkOnStart": False},
        "telemetry": {"enabled": False},
        "discovery": {"mdns": {"mode": "off"}},
        "browser": {"enabled": False},
        "acp": {"enabled": False},
        "cron": {"enabled": False},
        "commands": {"restart": False},
        # An empty list would load every bundled plugin.
        "plugins": {"allow": ["a2a"], "slots": {"memory": "none"}},
    }


def _models(inputs: OpenClawInputs) -> Config:
    model: Config = {
        "id": "router",
        "name": "Router",
        "reasoning": False,
        "input": ["text"],
        "cost": {"input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0},
        "contextWindow": 128000,
        "maxTokens": 8192,
        "compat": {
            "requiresStringContent": True,
            "sendSessionIdHeader": True,
            "sendSessionAffinityHeaders": True,
        },
    }
    router: Config = {
        "baseUrl": f"{inputs.router_url}/v1",
        "apiKey": {"source": "env", "provider": "default", "id": "ROUTER_API_KEY"},
        "api": "openai-completions",
        "timeoutSeconds": 300,
        "headers": {"X-Agent": inputs.agent_id},
        "models": [model],
    }
    return {"mode": "replace", "catalogRefresh": {"enabled": False}, "providers": {"router": router}}


def _agents(inputs: OpenClawInputs) -> Config:
    defaults: Config = {
        "model": {"primary": "router/router"},
        "workspace": WORKSPACE,
        "skipBootstrap": True,
        "skills": list(inputs.skills),
        "heartbeat": {"every": "0m"},
        "sandbox": {"mode": "off"},
        "timeoutSeconds": 600,
        "maxConcurrent": 4,
    }
    main: Config = {"name": inputs.display_name, "identity": {"name": inputs.display_name}}
    return {"defaults": defaults, "entries": {"main": main}}


def _tools(inputs: OpenClawInputs) -> Config:
    # A skill is only listed in the prompt: the model reads its file.
    reading: list[JsonValue] = ["read"] if inputs.skills else []
    return {
        "profile": "minimal",
        "alsoAllow": ["bundle-mcp", *reading],
        "deny": ["gateway", "group:runtime", "group:automation"],
        "toolSearch": False,
        "codeMode": False,
        "exec": {"mode": "deny"},
        "elevated": {"enabled": False},
        "fs": {"workspaceOnly": True},
    }


def _platform(router_url: str) -> Config:
    """Render the router's own tools; its token is the one for models, so that no pod needs another variable.

    Which tools there are the router says, by the agent's token: a change of `tools` or `delegates` changes nothing.
    """
    return {
        **_server(ToolServer(f"{router_url}/mcp")),
        "requestTimeoutMs": _LONGEST_CALL,
        "headers": {"Authorization": "Bearer ${ROUTER_API_KEY}"},
    }


def _server(server: ToolServer) -> Config:
    rendered: Config = {
        "url": server.url,
        "transport": "streamable-http",
        "connectionTimeoutMs": 5000,
        "requestTimeoutMs": 120000,
    }
    if server.headers:
        rendered["headers"] = {name: f"${{{variable}}}" for name, variable in sorted(server.headers.items())}
    return rendered
