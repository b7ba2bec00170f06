"""Tells what is known of an agent in the cluster: conditions, events, and who owns its settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from vutler_router.domain.agent import Agent, ManagedBy
from vutler_router.domain.agent_report import AgentEvent, AgentReport, AgentReports
from vutler_router.domain.identifiers import AgentId
from vutler_router.errors import ClusterRefused, ClusterUnavailable, SettingsReadOnly
from vutler_router.services.directory import AgentDirectory

__all__ = ["AgentStories", "AgentStory"]

_MOST_EVENTS: Final = 20


@dataclass(frozen=True, slots=True)
class AgentStory:
    """One look at an agent's resource.

    Attributes:
        report: What the resource says; None where there is none, or nobody can say.
        events: What happened lately, the newest first.
        doubt: Why something could not be read; empty when all could be.
        read_only: Why the model settings cannot be changed here; None where they can.
    """

    agent: Agent
    report: AgentReport | None
    events: Sequence[AgentEvent]
    doubt: str
    read_only: str | None


class AgentStories:
    """Reads stories; a cluster that does not answer is part of the finding."""

    def __init__(self, directory: AgentDirectory, reports: AgentReports) -> None:
        self._directory = directory
        self._reports = reports

    async def of(self, agent_id: str) -> AgentStory:
        """Return an agent's story. Raises `NotFound`."""
        agent = self._directory.get(agent_id)
        source = agent.llm.source if agent.llm is not None else None
        read_only = None if source is None else SettingsReadOnly(source).message
        report: AgentReport | None = None
        events: Sequence[AgentEvent] = ()
        doubt = ""
        try:
            # Also of an agent that the operator has not taken over yet: its resource may be new.
            report = await self._reports.of(AgentId.parse(agent.id))
            if report is not None:
                events = await self._reports.events(AgentId.parse(agent.id), _MOST_EVENTS)
        except (ClusterUnavailable, ClusterRefused) as error:
            doubt = error.message
        if report is None and not doubt and agent.managed_by is ManagedBy.OPERATOR:
            doubt = f"There is no Agent resource {agent.workspace_id}/{AgentId.parse(agent.id).name} to be seen."
        return AgentStory(agent, report, events, doubt, read_only)
