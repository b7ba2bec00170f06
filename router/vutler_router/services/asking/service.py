"""Has one agent ask another: along its delegates, within limits, on record."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from vutler_router.domain.agent import Agent
from vutler_router.domain.ask_store import Ask, AskKind
from vutler_router.domain.identifiers import AgentId
from vutler_router.domain.usage import TokenCounts
from vutler_router.errors import Forbidden, InvalidRequest, NotFound, NotReady, UpstreamError, UpstreamUnavailable
from vutler_router.services.agent_chat import AgentChat, Spoken, Turn, Via
from vutler_router.services.asking.origins import Origin, check_step, origin_of
from vutler_router.services.asking.session_names import SessionNames
from vutler_router.services.asking.turns import RunningTurn, Turns
from vutler_router.services.directory import AgentDirectory

__all__ = ["AskLimits", "AskService", "Asked", "Delegate", "Question"]

_log = structlog.get_logger(__name__)

_MOST_AT_ONCE: Final = 8
"""Answers that one agent may wait for at once in one process."""


@dataclass(frozen=True, slots=True)
class AskLimits:
    """Bounds on asking: asks in a row from agent to agent, and seconds for an answer where nobody says."""

    depth: int = 4
    seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class Question:
    """What an agent asks whom; `peer` is a name of the same workspace or a whole id, `seconds` how long to wait."""

    peer: str
    message: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer.

    Attributes:
        peer: Who gave it.
        usage: What the peer's gateway said it took; None when it said nothing.
    """

    content: str
    peer: str
    ask_id: str
    tree_id: str
    usage: TokenCounts | None


@dataclass(frozen=True, slots=True)
class Delegate:
    """An agent that another may ask: by the name it asks for, its id, and what is known of it."""

    name: str
    id: str
    agent: Agent | None


OnProgress = Callable[[str], Awaitable[None]]
"""Is told each piece of the answer as it comes."""


class AskService:
    """Asks.

    Args:
        directory: Knows the agents.
        chat: The way to agents' gateways.
        turns: Where what is under way is kept.
        names: Names conversations.
        limits: How deep, how long.
        now: The time.
        new_id: Makes ids that begin with the time, for a prefix.
    """

    def __init__(
        self,
        directory: AgentDirectory,
        chat: AgentChat,
        turns: Turns,
        names: SessionNames,
        limits: AskLimits,
        now: Callable[[], datetime],
        new_id: Callable[[str], str],
    ) -> None:
        self._directory = directory
        self._chat = chat
        self._turns = turns
        self._names = names
        self._limits = limits
        self._now = now
        self._new_id = new_id

    def delegates(self, agent: Agent) -> list[Delegate]:
        """Return whom an agent may ask, whether they exist yet or not."""
        return [Delegate(_short(peer, agent), peer, self._directory.find(peer)) for peer in agent.delegates]

    async def tree_of(self, agent: Agent) -> str:
        """Return the tree that an agent is at work for; empty if none, or more than one. Raises `StorageError`."""
        trees = {ask.tree_id for ask in await self._turns.under_way(agent.id)}
        return trees.pop() if len(trees) == 1 else ""

    async def ask(self, agent: Agent, question: Question, on_progress: OnProgress | None = None) -> Asked:
        """Ask a peer and return its answer; cancelling this cancels the peer's work.

        Args:
            agent: Who asks.
            question: What, and whom.
            on_progress: Is told what came so far.

        Raises:
            Forbidden: The peer is none of the agent's delegates, waits for this very answer, or is too far down.
            NotFound: The delegate does not exist.
            NotReady: The agent waits for too many answers.
            Conflict: The peer is stopped or has no gateway.
            UpstreamError: It did not answer, or not in time.
            StorageError: What is under way cannot be known.
        """
        peer = self._peer(agent, question.peer)
        if self._turns.waiting(agent.id) >= _MOST_AT_ONCE:
            raise NotReady(f"You wait for {_MOST_AT_ONCE} answers; ask again when one is there.", code="ask_busy")
        origin = origin_of(agent.id, await self._turns.under_way(agent.id), lambda: self._new_id("tree"))
        check_step(origin, peer.id, self._limits.depth)
        seconds = question.seconds or self._limits.seconds
        try:
            async with self._turns.running(self._record(agent, peer, origin, seconds)) as turn:
                async with asyncio.timeout(seconds):
                    content = await self._answer(agent, peer, question.message, turn, on_progress)
        except TimeoutError:
            raise UpstreamUnavailable(
                f"{peer.id} has not answered within {seconds:.0f} s, and its work was cancelled: ask for less at once, "
                f"or allow more time.",
                provider="the agent",
                code="ask_timeout",
            ) from None
        except UpstreamError as error:
            _log.info("peer failed", agent=peer.id, asker=agent.id, code=error.code, error=error.summary)
            raise UpstreamUnavailable(
                f"{peer.id} did not answer ({error.code}): it may be starting, or its model may be out of reach. Go on "
                f"without it, or ask again later.",
                provider="the agent",
                code="peer_failed",
            ) from error
        return Asked(content, peer.id, turn.ask.id, turn.ask.tree_id, turn.usage)

    def _peer(self, agent: Agent, name: str) -> Agent:
        """Return the delegate of that name; nothing is said of agents that are none."""
        known = ", ".join(delegate.name for delegate in self.delegates(agent)) or "nobody"
        try:
            peer_id = str(AgentId.parse(name.strip(), workspace=agent.workspace_id))
        except InvalidRequest:
            peer_id = ""
        if peer_id not in agent.delegates:
            raise Forbidden(f"You may not ask this agent; you may ask: {known}.", code="not_delegated")
        peer = self._directory.find(peer_id)
        if peer is None:
            raise NotFound(f"{name.strip()} does not exist (yet); you may ask: {known}.", code="agent_not_found")
        return peer

    def _record(self, agent: Agent, peer: Agent, origin: Origin, seconds: float) -> Ask:
        now = self._now()
        return Ask(
            id=self._new_id("ask"),
            tree_id=origin.tree_id,
            parent=origin.parent,
            asker=agent.id,
            peer=peer.id,
            workspace_id=peer.workspace_id,
            depth=origin.depth + 1,
            path=(*origin.path, peer.id),
            session=self._names.name(AskKind.ASK, origin.tree_id, asker=agent.id, peer=peer.id),
            started_at=now,
            deadline=now + timedelta(seconds=seconds),
        )

    async def _answer(
        self, agent: Agent, peer: Agent, message: str, turn: RunningTurn, on_progress: OnProgress | None
    ) -> str:
        said = [{"role": "system", "content": _preface(agent)}, {"role": "user", "content": message}]
        content = ""
        async with self._chat.stream(peer, Turn(said, Via.AGENT, turn.ask.session)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Spoken):
                    content, turn.usage = piece.content, piece.usage
                elif on_progress is not None:
                    await on_progress(piece)
        return content


def _preface(agent: Agent) -> str:
    return (
        f"The agent {agent.id} asks you, not a person. It gets your whole answer as text, and nothing else of what you "
        f"do: answer what it asks, completely and without questions back."
    )


def _short(peer: str, agent: Agent) -> str:
    """Name a peer as the agent says it: without the workspace if it is its own."""
    return peer.removeprefix(f"{agent.workspace_id}.")
