"""The port behind which agents' states are shared by all router processes, and its version in memory."""

from dataclasses import dataclass
from typing import Protocol

__all__ = ["InMemoryLimitStore", "LimitStore", "VersionedState"]


@dataclass(frozen=True, slots=True)
class VersionedState:
    """A state as text, and the number by which its next writer proves that it has seen it; versions only grow."""

    version: int
    text: str


class LimitStore(Protocol):
    """Keeps one state for each agent.

    Every method raises `StorageError` when the database does not answer in time; whether a write was done is then
    unknown. Writes of one agent's state come one after the other from one process.
    """

    async def read(self, agent_id: str) -> VersionedState | None:
        """Return an agent's state, or None when there is none yet."""
        ...

    async def write(self, agent_id: str, text: str, expected_version: int | None) -> bool:
        """Keep a state as version `expected_version + 1`, or as version 1 where there is none yet (None).

        Returns:
            True when the state follows the version expected. False when somebody else was faster; in rare cases also
            when the state was written and followed at once, so that a writer looks for its own mark in what is there.
        """
        ...


class InMemoryLimitStore:
    """States of this process alone, for tests and trying things out."""

    def __init__(self) -> None:
        self._states: dict[str, VersionedState] = {}

    async def read(self, agent_id: str) -> VersionedState | None:
        """See `LimitStore.read`."""
        return self._states.get(agent_id)

    async def write(self, agent_id: str, text: str, expected_version: int | None) -> bool:
        """See `LimitStore.write`."""
        kept = self._states.get(agent_id)
        if (kept.version if kept is not None else None) != expected_version:
            return False
        self._states[agent_id] = VersionedState((expected_version or 0) + 1, text)
        return True
