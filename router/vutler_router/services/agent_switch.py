"""Starts and stops agents."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from vutler_router.domain.agent import Agent, ManagedBy
from vutler_router.domain.agent_resource import AgentResources
from vutler_router.domain.agent_store import AgentStore
from vutler_router.domain.identifiers import AgentId
from vutler_router.services.agent_life import wanted_running
from vutler_router.services.agent_lives import AgentLives
from vutler_router.services.directory import AgentDirectory
from vutler_router.services.edits import edit_agent

__all__ = ["AgentSwitch", "Switched"]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Switched:
    """An agent as it is to be; `under_way` says that a pod has yet to follow."""

    agent: Agent
    under_way: bool


class AgentSwitch:
    """Sets whether agents run.

    An operator's agent is switched in the cluster, and its record here follows when the operator pushes it: written
    here as well, it would stay wrong if somebody undid the change before the operator saw it. One that was made by the
    API has nothing but its record.
    """

    def __init__(
        self,
        store: AgentStore,
        directory: AgentDirectory,
        resources: AgentResources,
        lives: AgentLives,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._directory = directory
        self._resources = resources
        self._lives = lives
        self._now = now

    async def turn(self, agent_id: str, *, running: bool) -> Switched:
        """Start or stop an agent; writes nothing when it is so already.

        Raises:
            NotFound: There is no such agent.
            Conflict: The operator's agent has no resource, or there is no way to it.
            ClusterUnavailable: The API server does not answer.
            ClusterRefused: It does not let the router change the Agent.
        """
        agent = await self._store.get(agent_id)
        if agent.managed_by is not ManagedBy.OPERATOR:
            return await self._turn_record(agent_id, running=running)
        name = AgentId.parse(agent_id)
        resource = await self._resources.read(name)
        if resource is not None and wanted_running(agent, resource) is running:
            return Switched(replace(agent, running=running), under_way=False)
        await self._resources.set_running(name, running)
        _log.info("agent switched", agent=agent_id, running=running)
        self._lives.forget(agent_id)
        return Switched(replace(agent, running=running), under_way=True)

    async def _turn_record(self, agent_id: str, *, running: bool) -> Switched:
        def turned(old: Agent) -> Agent:
            return old if old.running is running else replace(old, running=running, updated_at=self._now())

        agent = await edit_agent(self._store, agent_id, turned)
        self._directory.put(agent)
        self._lives.forget(agent_id)
        return Switched(agent, under_way=False)
