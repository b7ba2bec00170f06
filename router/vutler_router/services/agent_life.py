"""Says whether an agent is alive, from what the operator saw of its pod and what the pod answers itself; pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vutler_router.domain.agent import Agent, ManagedBy
from vutler_router.domain.agent_resource import AgentResource
from vutler_router.services.agent_gateway import Probes

__all__ = ["AgentLife", "LifeStatus", "judge_life", "wanted_running"]

_SILENT = Probes(live=False, ready=False)
_UNTOLD = AgentResource()


class LifeStatus(StrEnum):
    """How an agent is, in one word."""

    ALIVE = "alive"
    """Its pod answers, and is ready."""

    STARTING = "starting"
    """It is to run, and on its way."""

    STOPPING = "stopping"
    """It is not to run, and not yet gone."""

    STOPPED = "stopped"
    """It is not to run, and is gone; its state is kept."""

    FAILING = "failing"
    """It is to run, and does not."""

    UNKNOWN = "unknown"
    """Nobody can say: nothing runs for it, or whoever would know does not answer."""


@dataclass(frozen=True, slots=True)
class AgentLife:
    """One look at an agent.

    Attributes:
        running: Whether it is to run.
        live: Whether its pod answers the liveness probe at this moment.
        ready: The same for the readiness probe.
        phase: Of the Agent resource, as the operator last saw it; None without one.
        reason: Why Ready is true or false there.
        message: What a person has to know; empty when all is well.
        since: When that reason's truth last changed.
    """

    agent_id: str
    status: LifeStatus
    running: bool
    live: bool = False
    ready: bool = False
    phase: str | None = None
    reason: str | None = None
    message: str = ""
    since: datetime | None = None


def wanted_running(agent: Agent, resource: AgentResource | None) -> bool:
    """Say whether an agent is to run; where its resource says nothing, what the operator made of that."""
    return agent.running if resource is None or resource.running is None else resource.running


def judge_life(agent: Agent, resource: AgentResource | None, probes: Probes | None, *, doubt: str = "") -> AgentLife:
    """Judge an agent.

    Args:
        agent: The router's own record.
        resource: Its Agent resource, where there is one and it could be read.
        probes: What its pod answers; None when nobody was asked.
        doubt: Why the resource could not be read.
    """
    running = wanted_running(agent, resource)
    heard, told = probes or _SILENT, resource or _UNTOLD
    status, message = _running(agent, resource, probes, doubt) if running else _stopped(agent, resource, heard)
    return AgentLife(
        agent_id=agent.id,
        status=status,
        running=running,
        live=heard.live,
        ready=heard.ready,
        phase=told.phase,
        reason=told.reason,
        message=" ".join(filter(None, (message, doubt))),
        since=told.since,
    )


def _stopped(agent: Agent, resource: AgentResource | None, heard: Probes) -> tuple[LifeStatus, str]:
    if not heard.live and (resource is None or resource.phase == "Stopped"):
        return LifeStatus.STOPPED, f"Agent {agent.id} is stopped; its state is kept."
    return LifeStatus.STOPPING, "The pod is shutting down; it may finish what it is at."


def _running(agent: Agent, resource: AgentResource | None, probes: Probes | None, doubt: str) -> tuple[LifeStatus, str]:
    if probes is not None and probes.ready:
        return LifeStatus.ALIVE, _trouble(resource)
    if probes is not None and probes.live:
        return LifeStatus.STARTING, _trouble(resource) or probes.detail
    if resource is not None:
        return _silent(resource, probes)
    if probes is None:
        return LifeStatus.UNKNOWN, f"Agent {agent.id} exists in the router only; nothing runs for it."
    if doubt or agent.managed_by is ManagedBy.OPERATOR:
        return LifeStatus.UNKNOWN, probes.detail
    return LifeStatus.FAILING, probes.detail


def _silent(resource: AgentResource, probes: Probes | None) -> tuple[LifeStatus, str]:
    """Judge a pod that does not answer by what the operator last saw of it."""
    detail = probes.detail if probes is not None else ""
    if not resource.observed:
        return LifeStatus.STARTING, "The operator has not yet seen the latest change of the Agent."
    match resource.phase:
        case "Failed":
            return LifeStatus.FAILING, resource.message or detail
        case "Running" | "Degraded":
            # It was there a moment ago; the operator learns later than the router that it is gone.
            return LifeStatus.FAILING, detail or resource.message
        case _:
            return LifeStatus.STARTING, resource.message or detail


def _trouble(resource: AgentResource | None) -> str:
    """Return what is wrong besides the pod: Ready is false for more reasons than that, and lags behind it."""
    if resource is None or not resource.observed or resource.phase not in {"Degraded", "Failed", "Pending"}:
        return ""
    return resource.message
