"""Remembers for a moment what a look found, so that many who ask at once cost one look."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Final, Generic, TypeVar

__all__ = ["Recent"]

_TIDY_AT: Final = 1024
"""So many memories are kept before old ones are looked for."""

Key = TypeVar("Key", bound=Hashable)
Found = TypeVar("Found")


class Recent(Generic[Key, Found]):
    """Looks by key, each shared by all who ask while it is under way and for a moment after it began.

    Args:
        seconds: How long.
        clock: Seconds that only grow.
    """

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._looks: dict[Key, tuple[float, asyncio.Task[Found]]] = {}

    async def get(self, key: Key, look: Callable[[], Coroutine[Any, Any, Found]]) -> Found:
        """Return what was found lately, or look. Raises what `look` raises; a failure is forgotten at once."""
        kept = self._looks.get(key)
        if kept is None or self._is_old(kept[0]):
            self._tidy()
            task = asyncio.create_task(look(), name="look")
            task.add_done_callback(lambda done: self._forget_failure(key, done))
            kept = self._looks[key] = (self._clock(), task)
        # Shielded: whoever hangs up leaves the others what they wait for.
        return await asyncio.shield(kept[1])

    def forget(self, key: Key) -> None:
        """Look anew the next time."""
        self._looks.pop(key, None)

    def _is_old(self, began: float) -> bool:
        return self._clock() - began >= self._seconds

    def _tidy(self) -> None:
        if len(self._looks) >= _TIDY_AT:
            self._looks = {key: kept for key, kept in self._looks.items() if not self._is_old(kept[0])}

    def _forget_failure(self, key: Key, task: "asyncio.Task[Found]") -> None:
        failed = task.cancelled() or task.exception() is not None
        kept = self._looks.get(key)
        if failed and kept is not None and kept[1] is task:
            del self._looks[key]
