"""The stored form of values, the same in every database."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias

from pydantic import TypeAdapter

from vutler_router.domain.agent import Agent
from vutler_router.domain.breaker_store import BreakerRecord
from vutler_router.domain.llm_json import JsonObject
from vutler_router.domain.routing import RoutingRules
from vutler_router.errors import WriteConflict

__all__ = [
    "BREAKER_NAMES",
    "RULES_KEPT",
    "agent_from_json",
    "agent_from_object",
    "agent_json",
    "agent_object",
    "agent_stamp",
    "breaker_from_object",
    "breaker_values",
    "rules_changed",
    "rules_from_json",
    "rules_json",
]

Exclusions: TypeAlias = dict[str, Any]
"""Fields to leave out, by name, as pydantic reads them."""

_AGENT: Final = TypeAdapter(Agent)
_BREAKER: Final = TypeAdapter(BreakerRecord)
_RULES: Final = TypeAdapter(RoutingRules)

RULES_KEPT: Final = 10
"""Versions of the routing rules that are kept, the newest among them."""


def agent_json(agent: Agent) -> bytes:
    """Write an agent as JSON; its secrets are sealed already."""
    return _AGENT.dump_json(agent, exclude=_absent(agent))


def agent_from_json(text: str | bytes) -> Agent:
    """Read an agent that `agent_json` wrote."""
    return _AGENT.validate_json(text)


def agent_object(agent: Agent) -> JsonObject:
    """Write an agent as an object of plain values."""
    found: JsonObject = _AGENT.dump_python(agent, mode="json", exclude=_absent(agent))
    return found


def agent_from_object(stored: object) -> Agent:
    """Read an agent that `agent_object` wrote."""
    return _AGENT.validate_python(stored)


def agent_stamp(agent: Agent) -> str:
    """Return a mark of an agent's content; equal agents have equal marks."""
    return hashlib.sha256(agent_json(agent)).hexdigest()[:32]


def _absent(agent: Agent) -> Exclusions | None:
    """Name the fields that a record of an earlier version lacks, while they say nothing: it keeps its stamp."""
    absent: Exclusions = {} if agent.former_token is not None else {"former_token": True}
    routing = agent.llm.routing if agent.llm is not None else None
    if routing is not None:
        plain = {place: {"comparison": True} for place, one in enumerate(routing.categories) if one.comparison is None}
        absent["llm"] = {"routing": {"categories": plain, **({"tools": True} if routing.tools is None else {})}}
    return absent or None


BREAKER_NAMES: Final = (
    "provider",
    "model",
    "credential",
    "changed_at",
    "failures",
    "reason",
    "code",
    "kind",
    "opened_at",
    "reopens_at",
    "expires_at",
)
"""The fields of `breakers`; the first three are the key."""


def breaker_values(record: BreakerRecord) -> tuple[str | int | datetime | None, ...]:
    """Return a record's values in the order of `BREAKER_NAMES`."""
    return (
        *record.key,
        record.changed_at,
        record.failures,
        record.reason,
        record.code,
        str(record.kind),
        record.opened_at,
        record.reopens_at,
        record.expires_at,
    )


def breaker_from_object(stored: Mapping[str, object]) -> BreakerRecord:
    """Read a record out of its fields by name; others beside them do not matter."""
    return _BREAKER.validate_python(stored)


def rules_json(rules: RoutingRules) -> str:
    """Write routing rules as JSON."""
    return _RULES.dump_json(rules).decode()


def rules_from_json(text: str) -> RoutingRules:
    """Read routing rules that `rules_json` of this router wrote, or of another one with fewer fields or more."""
    return _RULES.validate_json(text)


def rules_changed() -> WriteConflict:
    """Say that somebody else changed the rules first."""
    return WriteConflict("The routing rules were changed at the same time; try again.")
