"""For whom a platform tool works: an agent, a person, or people through the administrator."""

from dataclasses import dataclass
from typing import Self

from vutler_router.domain.agent import Agent
from vutler_router.errors import Forbidden

__all__ = ["Scope"]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a call may see, decided before any store is asked.

    Attributes:
        workspace_id: The only workspace that exists for it; None is every workspace, for the administrator only.
        agent: Who calls; None for people.
        is_trusted: Whether people call for the agent, who then needs no grant.
        person: The name of a person who calls; None for an agent, and for the administrator, who may speak for anybody.
    """

    workspace_id: str | None = None
    agent: Agent | None = None
    is_trusted: bool = False
    person: str | None = None

    @classmethod
    def of(cls, agent: Agent, *, is_trusted: bool = False) -> Self:
        """Return the scope of an agent: its own workspace."""
        return cls(agent.workspace_id, agent, is_trusted)

    def sees(self, workspace_id: str) -> bool:
        """Say whether something of that workspace exists for this caller."""
        return self.workspace_id in {None, workspace_id}

    def require_tool(self, tool: str) -> None:
        """Let people pass, and agents that have the tool.

        Raises:
            Forbidden: The agent was not granted it.
        """
        if not self.is_trusted and self.agent is not None and tool not in self.agent.tools:
            raise Forbidden(
                f"Agent {self.agent.id} does not have the tool {tool}; add it to the Agent's tools.",
                code="tool_not_granted",
            )
