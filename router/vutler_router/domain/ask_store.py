"""Agents' turns that others wait for, as they make up trees of calls; the port that keeps them, and one in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

__all__ = ["MOST_OF_TREE", "Ask", "AskEnd", "AskKind", "AskPage", "AskStatus", "AskStore", "InMemoryAskStore"]

MOST_OF_TREE: Final = 1_000
"""Asks of one tree that are read."""


class AskKind(StrEnum):
    """Why an agent has its turn."""

    ASK = "ask"
    """Another agent asks it."""

    CHAT = "chat"
    """A person talks to it."""

    EMAIL = "email"
    """A mail came in for it."""


class AskStatus(StrEnum):
    """How far an ask has come."""

    RUNNING = "running"
    """Under way until its deadline; whoever ran it is gone if it still says so afterwards."""

    OK = "ok"
    FAILED = "failed"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Ask:
    """One agent's turn, from the question to the answer; never their words.

    Attributes:
        id: Begins with its time, so that ids sort as they came.
        tree_id: The same for all that one question led to.
        parent: The ask in whose course this one was made; empty at a tree's root.
        asker: Id of the agent that asks; empty for a person.
        peer: Id of the agent that is asked.
        workspace_id: The peer's.
        depth: Asks from one agent to another above and including this one; 0 for a person's.
        path: Everybody on the way from the root to the peer, both included.
        session: The conversation's name at the peer's gateway.
        deadline: When it is over whatever happens, UTC.
        tokens_input: What the peer's gateway said the turn took; None when it said nothing.
        tokens_output: The same for the output.
    """

    id: str
    tree_id: str
    parent: str
    asker: str
    peer: str
    workspace_id: str
    depth: int
    path: tuple[str, ...]
    session: str
    started_at: datetime
    deadline: datetime
    kind: AskKind = AskKind.ASK
    status: AskStatus = AskStatus.RUNNING
    ended_at: datetime | None = None
    tokens_input: int | None = None
    tokens_output: int | None = None

    def is_under_way(self, now: datetime) -> bool:
        """Tell whether the peer is at work on it."""
        return self.status is AskStatus.RUNNING and self.deadline > now


@dataclass(frozen=True, slots=True)
class AskEnd:
    """What becomes of an ask; see `Ask`."""

    status: AskStatus
    ended_at: datetime
    tokens_input: int | None = None
    tokens_output: int | None = None


@dataclass(frozen=True, slots=True)
class AskPage:
    """Some roots of trees, the newest first.

    Attributes:
        next_cursor: What continues the list; None at its end.
    """

    asks: tuple[Ask, ...]
    next_cursor: str | None


class AskStore(Protocol):
    """Keeps asks, for all router processes.

    Every method raises `StorageError` when the database does not answer in time.
    """

    async def add(self, ask: Ask) -> None:
        """Keep a new ask."""
        ...

    async def finish(self, ask_id: str, end: AskEnd) -> None:
        """Note how an ask ended; the first time counts."""
        ...

    async def under_way(self, agent_id: str, now: datetime) -> Sequence[Ask]:
        """Return what this agent is at work on, the oldest first."""
        ...

    async def of_tree(self, tree_id: str) -> Sequence[Ask]:
        """Return a tree's asks, the oldest first, at most `MOST_OF_TREE`."""
        ...

    async def roots(
        self, first: datetime, end: datetime, *, workspace_id: str | None, limit: int, cursor: str | None
    ) -> AskPage:
        """Return the roots of trees that began from `first` until before `end`, the newest first."""
        ...

    async def sweep(self, before: datetime) -> None:
        """Forget what began before that."""
        ...


class InMemoryAskStore:
    """Asks of this process alone, for tests and trying things out."""

    def __init__(self) -> None:
        self._asks: dict[str, Ask] = {}

    async def add(self, ask: Ask) -> None:
        """See `AskStore.add`."""
        self._asks[ask.id] = ask

    async def finish(self, ask_id: str, end: AskEnd) -> None:
        """See `AskStore.finish`."""
        found = self._asks.get(ask_id)
        if found is not None and found.status is AskStatus.RUNNING:
            self._asks[ask_id] = replace(
                found,
                status=end.status,
                ended_at=end.ended_at,
                tokens_input=end.tokens_input,
                tokens_output=end.tokens_output,
            )

    async def under_way(self, agent_id: str, now: datetime) -> Sequence[Ask]:
        """See `AskStore.under_way`."""
        return [ask for ask in self._in_order().values() if ask.peer == agent_id and ask.is_under_way(now)]

    async def of_tree(self, tree_id: str) -> Sequence[Ask]:
        """See `AskStore.of_tree`."""
        return [ask for ask in self._in_order().values() if ask.tree_id == tree_id][:MOST_OF_TREE]

    async def roots(
        self, first: datetime, end: datetime, *, workspace_id: str | None, limit: int, cursor: str | None
    ) -> AskPage:
        """See `AskStore.roots`."""
        found = [
            ask
            for ask_id, ask in sorted(self._asks.items(), reverse=True)
            if not ask.parent
            and first <= ask.started_at < end
            and workspace_id in {None, ask.workspace_id}
            and (cursor is None or ask_id < cursor)
        ]
        return AskPage(tuple(found[:limit]), found[limit - 1].id if len(found) > limit else None)

    async def sweep(self, before: datetime) -> None:
        """See `AskStore.sweep`."""
        self._asks = {ask_id: ask for ask_id, ask in self._asks.items() if ask.started_at >= before}

    def _in_order(self) -> Mapping[str, Ask]:
        return dict(sorted(self._asks.items()))
