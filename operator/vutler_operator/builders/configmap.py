"""Builds the ConfigMap that a pod reads: OpenClaw's configuration, the persona, the skills."""

import hashlib
import json
import re
from typing import Final

import orjson

from vutler_operator import names
from vutler_operator.builders.inputs import AgentInputs, image_of
from vutler_operator.builders.metadata import child_metadata
from vutler_operator.builders.openclaw_config import (
    PLATFORM,
    Config,
    OpenClawInputs,
    ToolServer,
    render_config,
)
from vutler_operator.errors import Blocked
from vutler_operator.openclaw import Path, find_faults, is_known_image, render_path
from vutler_operator.resources.objects import CONFIG_MAP, Manifest
from vutler_operator.settings import Settings

__all__ = ["build_configmap", "header_variable"]

_PERSONA_LIMIT: Final = 20_000
"""Characters of AGENTS.md that OpenClaw puts into a prompt; the rest would be silently cut."""
_READABLE: Final = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
_SIZE_LIMIT: Final = 900_000
"""Bytes; the API server refuses an object of more than about 1 MiB."""


def build_configmap(inputs: AgentInputs, settings: Settings) -> Manifest:
    """Build an agent's ConfigMap.

    Raises:
        Blocked: the persona or the whole is too long, or the Agent's own configuration is refused.
    """
    if len(inputs.prompt) > _PERSONA_LIMIT:
        raise Blocked(
            "PromptTooLong",
            f"the system prompt has {len(inputs.prompt)} characters, OpenClaw reads {_PERSONA_LIMIT}: shorten it",
        )
    config = render_config(_openclaw_inputs(inputs, settings))
    if is_known_image(image_of(inputs.spec, settings)):
        _refuse_faults(inputs, config)
    data = {
        names.CONFIG_KEY: orjson.dumps(config, option=_READABLE).decode(),
        names.AGENTS_MD: inputs.prompt or f"You are {inputs.display_name}.",
        **{names.skill_key(name): _with_front_matter(name, text) for name, text in sorted(inputs.skills.items())},
    }
    if sum(len(text.encode()) for text in data.values()) > _SIZE_LIMIT:
        raise Blocked("ConfigTooLarge", f"prompt, skills and configuration exceed {_SIZE_LIMIT} bytes: shorten them")
    return {
        "apiVersion": CONFIG_MAP.api_version,
        "kind": CONFIG_MAP.kind,
        "metadata": child_metadata(inputs, names.config_name(inputs.name)),
        "data": data,
    }


def header_variable(server: str, header: str) -> str:
    """Name the environment variable that carries a tool server's header; unique, and never a user's own name."""
    words = re.sub(r"[^A-Z0-9]+", "_", f"{server}_{header}".upper())
    digest = hashlib.sha256(f"{server}\n{header}".encode()).hexdigest()[:6].upper()
    return f"VUTLER_MCP_{words}_{digest}"


def _refuse_faults(inputs: AgentInputs, config: Config) -> None:
    """Let nothing through that OpenClaw would refuse: a pod that restarts with it would never start again.

    Raises:
        Blocked: naming the first few places and what is allowed there.
    """
    faults = find_faults(config)
    if faults:
        raise Blocked("InvalidConfig", "; ".join(f"{_field(inputs, fault.path)}: {fault.message}" for fault in faults))


def _field(inputs: AgentInputs, path: Path) -> str:
    """Name the field of the Agent that a place in the configuration comes from."""
    place = render_path(path)
    match path:
        case ("mcp", "servers", str(name), *_) if name in inputs.spec.mcp_servers and not _is_own(inputs, path):
            return f"spec.mcpServers.{place.removeprefix('mcp.servers.')}"
        case _:
            return f"spec.runtime.config.{place}"


def _is_own(inputs: AgentInputs, path: Path) -> bool:
    """Tell whether the Agent's own settings set a place."""
    found: object = inputs.spec.runtime.config
    for step in path:
        if not isinstance(found, dict) or step not in found:
            return False
        found = found[step]
    return True


def _openclaw_inputs(inputs: AgentInputs, settings: Settings) -> OpenClawInputs:
    if PLATFORM in inputs.spec.mcp_servers:
        raise Blocked(
            "InvalidConfig",
            f"spec.mcpServers.{PLATFORM}: this name belongs to the platform's own tools, choose another one",
        )
    servers = {
        name: ToolServer(server.url, {h.name: header_variable(name, h.name) for h in server.headers_from})
        for name, server in inputs.spec.mcp_servers.items()
    }
    return OpenClawInputs(
        agent_id=names.agent_id(inputs.namespace, inputs.name),
        display_name=inputs.display_name,
        router_url=settings.agent_router_url,
        skills=tuple(sorted(inputs.skills)),
        tool_servers=servers,
        overrides=inputs.spec.runtime.config,
    )


def _with_front_matter(name: str, text: str) -> str:
    """Give a skill the header by which OpenClaw lists it, unless the author wrote one."""
    if text.startswith("---"):
        return text
    first = next((line.strip("# ").strip() for line in text.splitlines() if line.strip("# ")), name)
    return f"---\nname: {name}\ndescription: {json.dumps(first[:200], ensure_ascii=False)}\n---\n\n{text}"
