"""What OpenClaw refuses beyond its schema, where people are likely to meet it.

Its schema is a part of its checks; the rest is code. Each rule here was seen to hold in OpenClaw 2026.9.6 and is
compared with it by a test. What no rule knows ends in the pod: a running one keeps its settings, a starting one
ends with exit code 78.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from vutler_operator.openclaw.explain import is_open, name_unknown
from vutler_operator.openclaw.fault import Config, Fault, Path

__all__ = ["find_broken_rules"]

_DURATION: Final = re.compile(r"\s*(\d+(\.\d+)?|(\d+(\.\d+)?(ms|s|m|h|d))+)\s*", re.IGNORECASE | re.ASCII)
_SIZE: Final = re.compile(r"\s*\d+(\.\d+)?\s*([kmgt]?b|[kmgt])?\s*", re.IGNORECASE | re.ASCII)
_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)

_DURATIONS: Final = (
    ("agents", "defaults", "heartbeat", "every"),
    ("agents", "entries", "*", "heartbeat", "every"),
    ("cron", "sessionRetention"),
    ("session", "maintenance", "pruneAfter"),
    ("session", "maintenance", "archiveDashboardAfter"),
    ("session", "maintenance", "preserveRecent"),
    ("session", "maintenance", "resetArchiveRetention"),
)
_SIZES: Final = (("session", "maintenance", "maxDiskBytes"), ("session", "maintenance", "highWaterBytes"))
_ACTIVE_HOURS: Final = (
    ("agents", "defaults", "heartbeat", "activeHours"),
    ("agents", "entries", "*", "heartbeat", "activeHours"),
)
_TOOL_SCOPES: Final = (
    ("tools",),
    ("tools", "byProvider", "*"),
    ("tools", "sandbox", "tools"),
    ("tools", "subagents", "tools"),
    ("agents", "entries", "*", "tools"),
    ("agents", "entries", "*", "tools", "byProvider", "*"),
    ("agents", "entries", "*", "tools", "sandbox", "tools"),
)
_SEARCH_PROVIDERS: Final = ("gemini", "grok", "minimax", "ollama")
"""Those that need none of the plugins that Vutler leaves out."""
_OTHER_NAMES: Final = {
    "connectTimeout": "connectionTimeoutMs",
    "connect_timeout": "connectionTimeoutMs",
    "disabled": "enabled",
    "ssl_verify": "sslVerify",
    "client_cert": "clientCert",
    "client_key": "clientKey",
    "supports_parallel_tool_calls": "supportsParallelToolCalls",
    "timeout": "requestTimeoutMs",
    "workingDirectory": "cwd",
}
"""How other programs call the settings of a tool server, and OpenClaw's name."""


def find_broken_rules(config: Config) -> Iterator[Fault]:
    """Yield what is wrong though the schema allows it; values of other types are the schema's business."""
    yield from _check_texts(config)
    yield from _check_active_hours(config)
    yield from _check_tools(config)
    yield from _check_tool_servers(config)
    yield from _check_agents(config)


def _check_texts(config: Config) -> Iterator[Fault]:
    for places, form, words in (
        (_DURATIONS, _DURATION, "a duration such as 30s, 5m or 1h30m"),
        (_SIZES, _SIZE, "a size such as 500mb or 2gb"),
    ):
        for place in places:
            for path, value in _find(config, place):
                if isinstance(value, str) and value and not is_open(value) and not form.fullmatch(value):
                    yield Fault(path, f"must be {words}")


def _check_active_hours(config: Config) -> Iterator[Fault]:
    for place in _ACTIVE_HOURS:
        for path, hours in _find(config, place):
            for name, value in hours.items() if isinstance(hours, dict) else ():
                if name not in {"start", "end"} or not isinstance(value, str) or not value or is_open(value):
                    continue
                if not _TIME.fullmatch(value) and not (name == "end" and value == "24:00"):
                    yield Fault((*path, name), 'must be a time of day as "HH:MM"')


def _check_tools(config: Config) -> Iterator[Fault]:
    for place in _TOOL_SCOPES:
        for path, scope in _find(config, place):
            if isinstance(scope, dict) and scope.get("allow") and scope.get("alsoAllow"):
                advice = "add to alsoAllow instead, or set alsoAllow to []"
                yield Fault((*path, "allow"), f"cannot stand beside alsoAllow, which is set too: {advice}")
    for path, _ in _find(config, ("tools", "web", "search", "apiKey")):
        yield Fault(path, "is a setting of the search provider's plugin, and plugins are Vutler's: remove it")
    for path, provider in _find(config, ("tools", "web", "search", "provider")):
        if isinstance(provider, str) and not is_open(provider) and provider not in _SEARCH_PROVIDERS:
            yield Fault(path, f"must be one of {', '.join(_SEARCH_PROVIDERS)}; others need plugins, which are Vutler's")


def _check_tool_servers(config: Config) -> Iterator[Fault]:
    for path, server in _find(config, ("mcp", "servers", "*")):
        if not isinstance(server, dict):
            continue
        for name in sorted(server.keys() & _OTHER_NAMES.keys()):
            yield Fault((*path, name), f'unknown setting: OpenClaw calls it "{_OTHER_NAMES[name]}"')
        url = server.get("url")
        if isinstance(url, str) and not is_open(url) and not _is_http(url):
            yield Fault((*path, "url"), "must be an http:// or https:// URL")
        if server.get("transport") == "stdio" and not str(server.get("command") or "").strip():
            yield Fault((*path, "command"), 'is missing: transport "stdio" needs it')


def _check_agents(config: Config) -> Iterator[Fault]:
    agents = config.get("agents")
    entries = agents.get("entries") if isinstance(agents, dict) else None
    if not isinstance(agents, dict) or not isinstance(entries, dict):
        return
    first = [name for name, entry in entries.items() if isinstance(entry, dict) and entry.get("default") is True]
    explicit = agents.get("ownership") == "explicit"
    if len(first) > 1:
        yield Fault(("agents", "entries"), f"only one may have default: true, not {len(first)}")
    if explicit and first:
        yield Fault(("agents", "ownership"), f'cannot stand beside default: true of "{first[0]}": remove one of them')
    if len(entries) > 1 and not first and not explicit:
        yield Fault(("agents", "ownership"), 'must be "explicit" where agents.entries has several')
    known = {"main", *(name.lower() for name in entries)}
    for path, agent in _find(config, ("bindings", "*", "agentId")):
        if isinstance(agent, str) and not is_open(agent) and agent.lower() not in known:
            yield Fault(path, name_unknown(agent, entries).replace("setting", "agent"))


def _find(value: object, place: tuple[str, ...], above: Path = ()) -> Iterator[tuple[Path, object]]:
    """Yield what is at a place; `*` stands for each entry of an object or a list."""
    if not place:
        yield above, value
        return
    step, *rest = place
    below: Mapping[str | int, object] = {}
    if isinstance(value, dict):
        below = value if step == "*" else {step: value[step]} if step in value else {}
    elif isinstance(value, list) and step == "*":
        below = dict(enumerate(value))
    for key, part in below.items():
        yield from _find(part, tuple(rest), (*above, key))


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
