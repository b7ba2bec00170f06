"""Looks how agents are: one, or all that are alive."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from vutler_router.domain.agent import Agent, ManagedBy
from vutler_router.domain.agent_resource import AgentResource, AgentResources
from vutler_router.domain.identifiers import AgentId
from vutler_router.errors import ClusterRefused, ClusterUnavailable, InvalidRequest
from vutler_router.services.agent_gateway import AgentGateway
from vutler_router.services.agent_life import AgentLife, LifeStatus, judge_life, wanted_running
from vutler_router.services.directory import AgentDirectory
from vutler_router.services.recent import Recent

__all__ = ["AgentLives", "LifePage"]

_AT_ONCE: Final = 64
"""Pods and namespaces asked at the same time for a list."""

_LARGEST_PAGE: Final = 500
_FRESH_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class LifePage:
    """Those of a page's agents that are alive; the cursor leads on, also from a page on which none was."""

    alive: Sequence[AgentLife]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class _Known:
    """What the cluster said, or why it said nothing."""

    resources: Mapping[str, AgentResource]
    doubt: str = ""


class AgentLives:
    """Asks pods and the cluster how agents are, each at most once a second however many want to know.

    Args:
        directory: The agents there are.
        resources: What the operator saw of their pods.
        gateway: The way to the pods themselves.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        directory: AgentDirectory,
        resources: AgentResources,
        gateway: AgentGateway,
        clock: Callable[[], float],
    ) -> None:
        self._directory = directory
        self._resources = resources
        self._gateway = gateway
        self._recent: Recent[str, AgentLife] = Recent(_FRESH_SECONDS, clock)
        self._namespaces: Recent[str, _Known] = Recent(_FRESH_SECONDS, clock)
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def of(self, agent_id: str) -> AgentLife:
        """Look how an agent is. Raises `NotFound`; a cluster or a pod that does not answer is part of the finding."""
        agent = self._directory.get(agent_id)
        return await self._recent.get(agent_id, lambda: self._look_at_one(agent))

    async def alive(self, *, workspace_id: str | None = None, limit: int = 100, cursor: str | None = None) -> LifePage:
        """Look which agents are alive, by their ids, so many at a time; those that are not are left out.

        Raises:
            InvalidRequest: `limit` is out of bounds.
        """
        if not 1 <= limit <= _LARGEST_PAGE:
            raise InvalidRequest(f"limit must be between 1 and {_LARGEST_PAGE}.", param="limit")
        ids = sorted(agent.id for agent in self._directory if _may_be_alive(agent, workspace_id, cursor or ""))
        page = [found for agent_id in islice(ids, limit) if (found := self._directory.find(agent_id)) is not None]
        lives = await asyncio.gather(*map(self._of_many, page))
        alive = [life for life in lives if life.status is LifeStatus.ALIVE]
        return LifePage(alive, ids[limit - 1] if len(ids) > limit else None)

    def forget(self, agent_id: str) -> None:
        """Look anew the next time: the agent was just told to start or to stop."""
        self._recent.forget(agent_id)
        self._namespaces.forget(AgentId.parse(agent_id).workspace)

    async def _of_many(self, agent: Agent) -> AgentLife:
        return await self._recent.get(agent.id, lambda: self._look_at_one_of_many(agent))

    async def _look_at_one(self, agent: Agent) -> AgentLife:
        known = await self._known(self._read(AgentId.parse(agent.id))) if _has_resource(agent) else _Known({})
        return await self._judged(agent, known)

    async def _look_at_one_of_many(self, agent: Agent) -> AgentLife:
        """Ask the cluster for a namespace at a time, and for no more at once than there are turns."""
        async with self._turns:
            known = _Known({})
            if _has_resource(agent):
                namespace = agent.workspace_id
                known = await self._namespaces.get(namespace, lambda: self._known(self._resources.read_all(namespace)))
            return await self._judged(agent, known)

    async def _read(self, agent_id: AgentId) -> Mapping[str, AgentResource]:
        found = await self._resources.read(agent_id)
        return {} if found is None else {agent_id.name: found}

    async def _known(self, reading: Awaitable[Mapping[str, AgentResource]]) -> _Known:
        try:
            return _Known(await reading)
        except (ClusterUnavailable, ClusterRefused) as error:
            return _Known({}, error.message)

    async def _judged(self, agent: Agent, known: _Known) -> AgentLife:
        resource = known.resources.get(AgentId.parse(agent.id).name)
        gone = resource is not None and resource.observed and resource.phase == "Stopped"
        at_rest = gone and not wanted_running(agent, resource)
        probes = None if at_rest else await self._gateway.probes(agent)
        return judge_life(agent, resource, probes, doubt=known.doubt)


def _has_resource(agent: Agent) -> bool:
    return agent.managed_by is ManagedBy.OPERATOR


def _may_be_alive(agent: Agent, workspace_id: str | None, cursor: str) -> bool:
    asked_for = workspace_id in {None, agent.workspace_id} and agent.id > cursor
    return asked_for and agent.running and agent.gateway is not None
