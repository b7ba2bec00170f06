"""Remembers for a moment what a look found, so that many who ask at once cost one look."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Final, Generic, TypeVar

__all__ = ["Recent"]

_MOST: Final = 20_000
"""Memories kept at the most, if nothing else is said."""

Key = TypeVar("Key", bound=Hashable)
Found = TypeVar("Found")


class Recent(Generic[Key, Found]):
    """Looks by key, each shared by all who ask while it is under way and for a moment after it began.

    Args:
        seconds: How long.
        clock: Seconds that only grow.
        most: So many memories are kept; the oldest go first.
    """

    def __init__(self, seconds: float, clock: Callable[[], float], *, most: int = _MOST) -> None:
        self._seconds = seconds
        self._clock = clock
        self._most = most
        self._looks: dict[Key, tuple[float, asyncio.Task[Found]]] = {}

    async def get(self, key: Key, look: Callable[[], Coroutine[Any, Any, Found]]) -> Found:
        """Return what was found lately, or look. Raises what `look` raises; a failure is forgotten at once."""
        kept = self._looks.get(key)
        if kept is None or self._is_old(kept[0]):
            self._looks.pop(key, None)  # what is put anew stands at the end: the oldest is always the first
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
        while self._looks:
            oldest = next(iter(self._looks))
            if len(self._looks) < self._most and not self._is_old(self._looks[oldest][0]):
                return
            del self._looks[oldest]

    def _forget_failure(self, key: Key, task: "asyncio.Task[Found]") -> None:
        failed = task.cancelled() or task.exception() is not None
        kept = self._looks.get(key)
        if failed and kept is not None and kept[1] is task:
            del self._looks[key]
