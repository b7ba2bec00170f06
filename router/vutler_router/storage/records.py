"""The stored form of values, the same in every database."""

import hashlib
from typing import Final

from pydantic import TypeAdapter

from vutler_router.domain.agent import Agent
from vutler_router.domain.llm_json import JsonObject
from vutler_router.metering.ledger import Entry

__all__ = ["agent_from_json", "agent_from_object", "agent_json", "agent_object", "agent_stamp", "entry_fields"]

_AGENT: Final = TypeAdapter(Agent)


def agent_json(agent: Agent) -> bytes:
    """Write an agent as JSON; its secrets are sealed already."""
    return _AGENT.dump_json(agent)


def agent_from_json(text: str | bytes) -> Agent:
    """Read an agent that `agent_json` wrote."""
    return _AGENT.validate_json(text)


def agent_object(agent: Agent) -> JsonObject:
    """Write an agent as an object of plain values."""
    found: JsonObject = _AGENT.dump_python(agent, mode="json")
    return found


def agent_from_object(stored: object) -> Agent:
    """Read an agent that `agent_object` wrote."""
    return _AGENT.validate_python(stored)


def agent_stamp(agent: Agent) -> str:
    """Return a mark of an agent's content; equal agents have equal marks."""
    return hashlib.sha256(agent_json(agent)).hexdigest()[:32]


def entry_fields(entry: Entry) -> JsonObject:
    """Return a row's fields by the names of `token_usage`, all but its timestamp; money in 1e-9 USD."""
    tokens = entry.tokens
    return {
        "request_id": entry.request_id,
        "agent_id": entry.agent_id,
        "workspace_id": entry.workspace_id,
        "provider": entry.provider,
        "model": entry.model,
        "tier": entry.tier,
        "tokens_input": tokens.input,
        "tokens_output": tokens.output,
        "tokens_total": tokens.total,
        "tokens_cached": tokens.cached_read,
        "tokens_cache_write": tokens.cached_write,
        "tokens_reasoning": tokens.reasoning,
        "cost_input": entry.cost_input,
        "cost_output": entry.cost_output,
        "cost_total": entry.cost_total,
        "price_total": entry.price_total,
        "priced": entry.priced,
        "latency_ms": entry.latency_ms,
        "request_type": entry.request_type.value,
        "category": entry.category,
        "usage_source": entry.usage_source.value,
        "status": entry.status,
    }
