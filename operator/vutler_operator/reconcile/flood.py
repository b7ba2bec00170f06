"""Bounds how many Events are written of one object: one that flaps may not fill the namespace with them."""

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from vutler_operator.resources.objects import ObjectRef

__all__ = ["FloodGuard"]

_MOST: Final = 10
"""Events of one object in a window. A person who sets an agent up and errs at every step stays below it."""
_WINDOW_SECONDS: Final = 600.0
"""The API server forgets Events after an hour by default, so of each object it holds 60 at most."""


@dataclass(slots=True)
class _Told:
    times: deque[float] = field(default_factory=deque)
    left_out: int = 0


class FloodGuard:
    """Lets so many Events of each object pass, and counts those that it did not.

    client-go has such a bucket, too; there what is left out is lost without a word.

    Args:
        clock: Seconds, from wherever.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._told: OrderedDict[ObjectRef, _Told] = OrderedDict()

    def admit(self, ref: ObjectRef) -> int | None:
        """Return how many Events of an object were left out since its last one; None: this one is left out, too."""
        now = self._clock()
        self._forget(now - _WINDOW_SECONDS)
        told = self._told.setdefault(ref, _Told())
        while told.times and told.times[0] <= now - _WINDOW_SECONDS:
            told.times.popleft()
        if len(told.times) >= _MOST:
            told.left_out += 1
            return None
        told.times.append(now)
        self._told.move_to_end(ref)
        left_out, told.left_out = told.left_out, 0
        return left_out

    def _forget(self, before: float) -> None:
        """Let go of objects of which nothing was told in a whole window; the oldest stand first."""
        while self._told and next(iter(self._told.values())).times[-1] <= before:
            self._told.popitem(last=False)
