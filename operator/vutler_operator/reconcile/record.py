"""Builds what the router is told about an agent; pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from vutler_operator import names
from vutler_operator.builders import AgentInputs

__all__ = ["WantedRecord", "build_record"]


@dataclass(frozen=True, slots=True)
class WantedRecord:
    """What the router's copy of an agent should be."""

    id: str
    revision: str
    """Hash of the rest. It covers two random tokens, so nothing in it can be found by trying."""
    body: Mapping[str, JsonValue] = field(repr=False)


def build_record(inputs: AgentInputs, llm: Mapping[str, JsonValue] | None) -> WantedRecord:
    """Build the record of an agent with its resolved model settings."""
    body: dict[str, JsonValue] = {
        "display_name": inputs.display_name,
        "workspace_id": inputs.namespace,
        "managed_by": "operator",
        "token_sha256": hashlib.sha256(inputs.tokens.router.encode()).hexdigest(),
        "running": inputs.spec.running,
        "gateway": {"url": endpoint(inputs.namespace, inputs.name), "token": inputs.tokens.gateway},
        "tools": [*inputs.spec.tools],
        "delegates": [names.agent_id(inputs.namespace, delegate.name) for delegate in inputs.spec.delegates],
        "llm": None if llm is None else dict(llm),
    }
    revision = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    return WantedRecord(names.agent_id(inputs.namespace, inputs.name), revision, {**body, "revision": revision})


def endpoint(namespace: str, name: str) -> str:
    """Return the address of an agent's gateway inside the cluster."""
    return f"http://{name}.{namespace}.svc:{names.GATEWAY_PORT}"
