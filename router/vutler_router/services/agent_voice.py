"""Asks an agent something on behalf of the platform: a mention, a mail."""

import asyncio
from typing import Final

from vutler_router.errors import UpstreamUnavailable
from vutler_router.services.agent_chat import AgentChat, Turn, Via
from vutler_router.services.directory import AgentDirectory

__all__ = ["AGENT_TOO_SLOW", "AgentVoice"]

AGENT_TOO_SLOW: Final = "agent_too_slow"
"""The code of an answer that took too long. Its work may be half done: asked again, the agent would do it twice."""

_DEADLINE: Final = 300.0


class AgentVoice:
    """Speaks to agents in their pods.

    Args:
        agents: Asks agents.
        directory: Knows them.
        deadline: Seconds for an answer.
    """

    def __init__(self, agents: AgentChat, directory: AgentDirectory, *, deadline: float = _DEADLINE) -> None:
        self._agents = agents
        self._directory = directory
        self._deadline = deadline

    async def ask(self, agent_id: str, prompt: str, *, session: str) -> str:
        """Return an agent's words, without the tools it used meanwhile.

        Args:
            agent_id: Whom to ask.
            prompt: What it is told.
            session: The conversation that this belongs to.

        Raises:
            NotFound: There is no such agent.
            Conflict: It is stopped, or has no gateway.
            UpstreamError: It did not answer, or not in time (`AGENT_TOO_SLOW`).
        """
        agent = self._directory.get(agent_id)
        turn = Turn([{"role": "user", "content": prompt}], Via.AGENT, session)
        try:
            async with asyncio.timeout(self._deadline):
                return (await self._agents.ask(agent, turn)).content
        except TimeoutError:
            raise UpstreamUnavailable(
                f"The agent did not answer within {self._deadline:.0f} s.", provider="the agent", code=AGENT_TOO_SLOW
            ) from None
