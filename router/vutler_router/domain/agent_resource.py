"""What the router asks of the cluster: Agent resources, new ones, and the one field of them that it may change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from vutler_router.domain.identifiers import AgentId

__all__ = ["AgentResource", "AgentResources", "NewAgentResource"]


@dataclass(frozen=True, slots=True)
class AgentResource:
    """An Agent resource, as far as the router has business with it; what the operator saw of the pod is its status.

    Attributes:
        running: `spec.running` as it is written; None leaves it to the template, or to the default.
        observed: Whether the status speaks of the spec as it is now.
        phase: `status.phase`, for example Running; None until the operator has looked.
        reason: Of the condition Ready, for example `CrashLoopBackOff`.
        message: Of the same.
        since: When Ready last became true or false.
    """

    running: bool | None = None
    observed: bool = False
    phase: str | None = None
    reason: str | None = None
    message: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewAgentResource:
    """An Agent resource that somebody wants: what its template does not say is left to defaults.

    Attributes:
        display_name: `spec.displayName`.
        template: `spec.templateRef.name`.
    """

    agent_id: AgentId
    display_name: str | None = None
    template: str | None = None


class AgentResources(Protocol):
    """A way to Agent resources, or the lack of one."""

    async def read(self, agent_id: AgentId) -> AgentResource | None:
        """Return an agent's resource, None where there is none.

        Raises:
            ClusterUnavailable: The API server does not answer.
            ClusterRefused: It does not let the router look.
        """
        ...

    async def read_all(self, namespace: str) -> Mapping[str, AgentResource]:
        """Return all resources of a namespace by their names. Raises what `read` raises."""
        ...

    async def set_running(self, agent_id: AgentId, running: bool) -> None:  # noqa: FBT001 - it is the field's value
        """Write `spec.running` and nothing else.

        Raises:
            Conflict: There is no such resource, or no way to one.
            ClusterUnavailable: The API server does not answer.
            ClusterRefused: It does not let the router write, or refuses the Agent.
        """
        ...

    async def create(self, new: NewAgentResource) -> None:
        """Make an Agent resource.

        Raises:
            Conflict: There is one of that name, or no way to the cluster.
            InvalidRequest: There is no such namespace, or the cluster does not take such an Agent.
            ClusterUnavailable: The API server does not answer.
            ClusterRefused: It does not let the router make Agents there.
        """
        ...
