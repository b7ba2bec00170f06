"""The administrator's routing rules in memory, as new as a second ago on every router process."""

import asyncio
from collections.abc import Callable
from typing import Final

from vutler_router.domain.routing import RoutingRules
from vutler_router.domain.routing_store import RoutingStore, StoredRules
from vutler_router.errors import WriteConflict

__all__ = ["RuleBook"]

_TRIES: Final = 5
"""How often a change is made again on newer rules, before whoever asked for it is told to try again."""


class RuleBook:
    """Knows the newest rules and changes them.

    The rules are the same object for as long as nobody changes them.
    """

    def __init__(self, store: RoutingStore) -> None:
        self._store = store
        self._stored = StoredRules()
        self._changing = asyncio.Lock()

    @property
    def rules(self) -> RoutingRules:
        """The rules in force."""
        return self._stored.rules

    @property
    def version(self) -> int:
        """Grows with every change; 0 before the first."""
        return self._stored.version

    async def refresh(self) -> None:
        """Take over what another process changed. Raises `StorageError`."""
        if await self._store.version() != self._stored.version:
            self._take(await self._store.read())

    async def change(self, changed: Callable[[RoutingRules], RoutingRules]) -> RoutingRules:
        """Keep what `changed` makes of the newest rules, and return it; it is in force here at once.

        Args:
            changed: Called again with newer rules when another process was faster; whatever it raises goes to the
                caller.

        Raises:
            WriteConflict: Others changed the rules again and again meanwhile.
            StorageError: The database does not answer in time; nothing was changed.
        """
        async with self._changing:
            for tries_left in range(_TRIES - 1, -1, -1):
                newest = await self._store.read()
                rules = changed(newest.rules)
                try:
                    self._take(await self._store.write(rules, after=newest.version))
                except WriteConflict:
                    if not tries_left:
                        raise
                else:
                    break
        return self.rules

    def _take(self, stored: StoredRules) -> None:
        if stored.version > self._stored.version:
            self._stored = stored
