"""Finds the tree of asks that a model request belongs to.

What is certain: OpenClaw ends the newest user message with a line that names the session (observed with 2026.9.6:
`Runtime: … | session=agent:main:openai-user:<name> | sessionId=…`), and the names that the router gives are signed. It
holds in every router process. Without that line (another kind of agent) it is a guess, made only where it cannot be
wrong by much: the agent is at work, as this process knows, on asks of one tree.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from vutler_router.domain.agent import Agent
from vutler_router.domain.ask_store import AskKind
from vutler_router.providers.model_request import ModelRequest
from vutler_router.services.asking.place import NOWHERE, Place, place_in
from vutler_router.services.asking.session_names import MAIL_SESSION, SessionNames
from vutler_router.services.asking.turns import Turns

__all__ = ["Places"]

_MARK: Final = " | session=agent:"
_TAIL: Final = 4_096
"""Characters at a message's end in which the line is looked for."""

_LONGEST: Final = 300
_SUBAGENT: Final = ":subagent:"


class Places:
    """Tells the place of requests, from memory alone.

    Args:
        names: Reads what the router named itself.
        turns: What agents are at work on in this process.
    """

    def __init__(self, names: SessionNames, turns: Turns) -> None:
        self._names = names
        self._turns = turns

    def of(self, agent: Agent, request: ModelRequest) -> Place:
        """Return where an agent's request stands."""
        session = _session(request)
        if session and _SUBAGENT not in session:
            return self._named(agent, session.rpartition(":")[2])
        return self._guessed(agent)

    def _named(self, agent: Agent, name: str) -> Place:
        named = self._names.read(name, agent.id)
        if named is not None:
            return Place.of(named.kind, named.tree_id)
        asks = [ask for ask in self._turns.at(agent.id) if ask.session == name]
        if asks:
            return place_in(asks[-1])
        return Place.of(AskKind.EMAIL) if name.startswith(MAIL_SESSION) else NOWHERE

    def _guessed(self, agent: Agent) -> Place:
        places = {place_in(ask) for ask in self._turns.at(agent.id)}
        if len(places) == 1:
            return places.pop()
        kinds = {place.request_type for place in places}
        return Place(request_type=kinds.pop()) if len(kinds) == 1 else NOWHERE


def _session(request: ModelRequest) -> str:
    """Return the session that the newest user message with such a line names; empty without one."""
    for text in _said_by_user(request):
        start = text.rfind(_MARK, max(0, len(text) - _TAIL))
        if start >= 0:
            start += len(_MARK)
            return text[start : start + _LONGEST].split(" ", 1)[0]
    return ""


def _said_by_user(request: ModelRequest) -> Iterator[str]:
    """Yield what the user said, the newest first; tools' results, which may hold anything, are left out."""
    for message in reversed(request.messages):
        if isinstance(message, dict) and message.get("role") == "user":
            yield _text_of(message)


def _text_of(message: Mapping[str, object]) -> str:
    content = message.get("content")
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, dict)]
        content = next((text for text in reversed(texts) if isinstance(text, str)), "")
    return content if isinstance(content, str) else ""
