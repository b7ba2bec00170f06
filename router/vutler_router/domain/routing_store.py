"""The port behind which the administrator's routing rules are kept, and its version in memory."""

from dataclasses import dataclass, field
from typing import Protocol

from vutler_router.domain.routing import RoutingRules
from vutler_router.errors import WriteConflict

__all__ = ["InMemoryRoutingStore", "RoutingStore", "StoredRules"]


@dataclass(frozen=True, slots=True)
class StoredRules:
    """Rules and their version, which grows by one with every change; 0 where nobody has made any."""

    version: int = 0
    rules: RoutingRules = field(default_factory=RoutingRules)


class RoutingStore(Protocol):
    """Keeps one set of rules for all router processes.

    Every method raises `StorageError` when the database does not answer in time.
    """

    async def version(self) -> int:
        """Return the version of the newest rules; cheap enough to ask every second."""
        ...

    async def read(self) -> StoredRules:
        """Return the newest rules."""
        ...

    async def write(self, rules: RoutingRules, *, after: int) -> StoredRules:
        """Keep rules that were made from the version `after`, and return them with their own.

        Raises:
            WriteConflict: `after` is no longer the newest; read again.
        """
        ...


class InMemoryRoutingStore:
    """Rules of this process alone, for tests and trying things out."""

    def __init__(self) -> None:
        self._stored = StoredRules()

    async def version(self) -> int:
        """See `RoutingStore.version`."""
        return self._stored.version

    async def read(self) -> StoredRules:
        """See `RoutingStore.read`."""
        return self._stored

    async def write(self, rules: RoutingRules, *, after: int) -> StoredRules:
        """See `RoutingStore.write`."""
        if after != self._stored.version:
            raise WriteConflict("The routing rules were changed at the same time; try again.")
        self._stored = StoredRules(after + 1, rules)
        return self._stored
