"""What the cluster tells people about an agent: conditions, events, and where it comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from vutler_router.domain.identifiers import AgentId

__all__ = ["AgentCondition", "AgentEvent", "AgentReport", "AgentReports"]


@dataclass(frozen=True, slots=True)
class AgentCondition:
    """One side of an agent's state, as the operator found it; in the words of the Kubernetes API conventions.

    Attributes:
        type: For example Ready or LLMReady.
        status: True, False or Unknown.
        reason: In one word.
        message: What a person has to know.
        since: When `status` last changed.
    """

    type: str
    status: str
    reason: str
    message: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class AgentEvent:
    """Something that happened to an agent.

    Attributes:
        type: Normal or Warning.
        count: How often it happened.
        last_seen: When it last did.
    """

    type: str
    reason: str
    message: str
    count: int
    last_seen: datetime | None


@dataclass(frozen=True, slots=True)
class AgentReport:
    """An Agent resource for people to read.

    Attributes:
        running: `spec.running` as it is written; None leaves it to the template, or to the default.
        observed: Whether phase and conditions speak of the spec as it is now.
        phase: For example Running; None until the operator has looked.
        template: Name of the AgentTemplate that it names.
        llm_config: Name of the LLMConfig that it names.
        created_at: When the resource was made.
    """

    running: bool | None
    observed: bool
    phase: str | None
    template: str | None
    llm_config: str | None
    created_at: datetime | None
    conditions: Sequence[AgentCondition]

    @property
    def ready_since(self) -> datetime | None:
        """Since when the agent has been ready without a break; None while it is not."""
        ready = next((condition for condition in self.conditions if condition.type == "Ready"), None)
        return ready.since if ready is not None and ready.status == "True" else None


class AgentReports(Protocol):
    """A way to reports, or the lack of one. Every method raises `ClusterUnavailable` and `ClusterRefused`."""

    async def of(self, agent_id: AgentId) -> AgentReport | None:
        """Return what there is to say of an agent; None where there is no such resource."""
        ...

    async def events(self, agent_id: AgentId, most: int) -> Sequence[AgentEvent]:
        """Return what happened to an agent lately, the newest first; the cluster forgets after an hour or so."""
        ...
