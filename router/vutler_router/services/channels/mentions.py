"""Decides whom a message wakes."""

import re
from collections.abc import Iterator
from typing import Final

from vutler_router.domain.agent import Agent
from vutler_router.domain.channel import Author, AuthorKind
from vutler_router.services.directory import AgentDirectory

__all__ = ["CHAT_TOOL", "DEEPEST", "MOST_WAKES", "Mentions"]

CHAT_TOOL: Final = "chat"
"""The tool by which an agent takes part in channels."""

MOST_WAKES: Final = 3
"""Agents that one message wakes; the first that it names."""

DEEPEST: Final = 3
"""How deep a message may not lie to wake anybody, so that agents who mention each other fall silent.

What a person writes has depth 0, an answer to it 1, an answer to that 2.
"""

_MENTION: Final = re.compile(r"(?<![\w@./-])@([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)(?![\w@])", re.IGNORECASE)


class Mentions:
    """Finds the agents behind `@name` in a text."""

    def __init__(self, directory: AgentDirectory) -> None:
        self._directory = directory

    def wakes(self, workspace_id: str, author: Author, text: str, depth: int) -> tuple[str, ...]:
        """Return the ids of agents that are to answer: of this workspace, with the tool `chat`, never the author."""
        if depth >= DEEPEST:
            return ()
        found = dict.fromkeys(agent.id for agent in self._named(workspace_id, text) if CHAT_TOOL in agent.tools)
        if author.kind is AuthorKind.AGENT:
            found.pop(author.name, None)
        return tuple(found)[:MOST_WAKES]

    def _named(self, workspace_id: str, text: str) -> Iterator[Agent]:
        for name in _MENTION.findall(text):
            agent = self._directory.find(f"{workspace_id}.{name.lower()}")
            if agent is not None:
                yield agent
