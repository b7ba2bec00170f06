"""The port behind which agents are kept, and its version in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from vutler_router.domain.agent import Agent
from vutler_router.errors import Conflict, NotFound, WriteConflict

__all__ = ["AgentPage", "AgentStore", "InMemoryAgentStore"]


@dataclass(frozen=True, slots=True)
class AgentPage:
    """Some agents in the order of their ids.

    Attributes:
        next_cursor: What continues the list; None at its end.
    """

    agents: tuple[Agent, ...]
    next_cursor: str | None


class AgentStore(Protocol):
    """Keeps agents.

    Every method raises `StorageError` when the database does not answer in time.
    """

    async def get(self, agent_id: str) -> Agent:
        """Return one agent. Raises `NotFound`."""
        ...

    async def get_many(self, agent_ids: Collection[str]) -> Sequence[Agent]:
        """Return those of these agents that exist."""
        ...

    async def page(self, *, workspace_id: str | None, limit: int, cursor: str | None) -> AgentPage:
        """Return the agents after `cursor` by id, of one workspace or of all."""
        ...

    async def add(self, agent: Agent) -> None:
        """Keep a new agent. Raises `Conflict` when its id or token is taken."""
        ...

    async def replace(self, old: Agent, new: Agent) -> None:
        """Put `new` where exactly `old` is.

        Raises:
            WriteConflict: The stored agent is no longer `old`, or is gone; read it again.
            Conflict: The new token belongs to another agent.
        """
        ...

    async def remove(self, agent_id: str) -> None:
        """Forget an agent. Raises `NotFound`."""
        ...

    async def version(self) -> int:
        """Return a number that grows after every change by any process; cheap enough to ask every second."""
        ...

    async def stamps(self) -> Mapping[str, str]:
        """Return a mark of each agent's content by id; equal marks mean equal agents."""
        ...


class InMemoryAgentStore:
    """Agents of this process alone, for tests and trying things out."""

    def __init__(self) -> None:
        self._agents: dict[str, Agent] = {}
        self._version = 0

    async def get(self, agent_id: str) -> Agent:
        """See `AgentStore.get`."""
        try:
            return self._agents[agent_id]
        except KeyError:
            raise NotFound(f"There is no agent {agent_id}.") from None

    async def get_many(self, agent_ids: Collection[str]) -> Sequence[Agent]:
        """See `AgentStore.get_many`."""
        return [self._agents[agent_id] for agent_id in agent_ids if agent_id in self._agents]

    async def page(self, *, workspace_id: str | None, limit: int, cursor: str | None) -> AgentPage:
        """See `AgentStore.page`."""
        found = [
            agent
            for agent_id, agent in sorted(self._agents.items())
            if agent_id > (cursor or "") and workspace_id in {None, agent.workspace_id}
        ]
        return AgentPage(tuple(found[:limit]), found[limit - 1].id if len(found) > limit else None)

    async def add(self, agent: Agent) -> None:
        """See `AgentStore.add`."""
        if agent.id in self._agents:
            raise Conflict(f"Agent {agent.id} exists already.", code="agent_exists", param="id")
        self._keep(agent)

    async def replace(self, old: Agent, new: Agent) -> None:
        """See `AgentStore.replace`."""
        if self._agents.get(old.id) != old:
            raise WriteConflict(f"Agent {old.id} was changed at the same time; try again.")
        self._keep(new)

    async def remove(self, agent_id: str) -> None:
        """See `AgentStore.remove`."""
        await self.get(agent_id)
        del self._agents[agent_id]
        self._version += 1

    async def version(self) -> int:
        """See `AgentStore.version`."""
        return self._version

    async def stamps(self) -> Mapping[str, str]:
        """See `AgentStore.stamps`."""
        return {agent_id: repr(agent) for agent_id, agent in self._agents.items()}

    def _keep(self, agent: Agent) -> None:
        """Store an agent unless another one holds its token."""
        if any(other.token_sha256 == agent.token_sha256 for other in self._agents.values() if other.id != agent.id):
            raise Conflict("This token belongs to another agent.", code="token_taken", param="token_sha256")
        self._agents[agent.id] = agent
        self._version += 1
