"""Values of the router for tests, each with defaults that are right."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TypedDict

from typing_extensions import Unpack

from vutler_router.domain.agent import Agent, Gateway, ManagedBy
from vutler_router.domain.llm import LlmSettings
from vutler_router.domain.plans import PlanTerms
from vutler_router.domain.usage import TokenCounts
from vutler_router.keys.tokens import hash_token
from vutler_router.metering.ledger import Entry, RequestType

__all__ = ["NOON", "make_agent", "make_entry"]

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
"""A Wednesday."""


class AgentFields(TypedDict, total=False):
    """What a test may want to say of an agent."""

    display_name: str
    managed_by: ManagedBy
    gateway: Gateway
    llm: LlmSettings | None
    created_at: datetime
    updated_at: datetime
    running: bool


class EntryFields(TypedDict, total=False):
    """What a test may want to say of a usage row."""

    agent_id: str
    workspace_id: str
    provider: str
    model: str
    tokens: TokenCounts
    timestamp: datetime
    tier: str
    terms: PlanTerms | None
    cost_input: int
    cost_output: int
    price_total: int
    price_snapshot: str
    priced: bool
    category: str
    request_type: RequestType


def make_agent(agent_id: str = "team-a.ava", *, token: str | None = None, **fields: Unpack[AgentFields]) -> Agent:
    """Return an agent whose token is its id unless another is given."""
    agent = Agent(
        id=agent_id,
        workspace_id=agent_id.partition(".")[0],
        display_name="Ava",
        token_sha256=hash_token(token or agent_id),
        managed_by=ManagedBy.API,
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(agent, **fields)


def make_entry(request_id: str, **fields: Unpack[EntryFields]) -> Entry:
    """Return the row of a request that took 100 and 20 tokens."""
    entry = Entry(
        request_id=request_id,
        agent_id="team-a.ava",
        workspace_id="team-a",
        provider="openai",
        model="gpt-4o-mini",
        tokens=TokenCounts(input=100, output=20, cached_read=10, reasoning=5),
        timestamp=NOON,
        cost_input=15_000,
        cost_output=12_000,
    )
    return replace(entry, **fields)
