"""Notices when a database keeps requests waiting."""

import asyncio
from collections.abc import Callable
from typing import Final

__all__ = ["Watch"]

_MOST_PERIODS: Final = 8
"""How often a round may be overtaken by other processes for a whole period before requests wait no longer."""


class Watch:
    """Tells, while a round is under way, that a call has had no answer for a whole period.

    A period in which this process itself stood still, for want of a processor, says nothing and is begun again.

    Args:
        seconds: The period.
        waited: Is told.
    """

    def __init__(self, seconds: float, waited: Callable[[], None]) -> None:
        self._seconds = seconds
        self._waited = waited
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._calls = self._periods = 0

    def begin(self) -> None:
        """A round is to come, if none is under way."""
        if self._timer is None:
            self._periods = 0
            self._next()

    def call_over(self) -> None:
        """The database has answered."""
        self._calls += 1

    def round_over(self) -> None:
        """A round came to its end and another begins."""
        self._periods = 0
        self._calls += 1

    def end(self) -> None:
        """No round is under way."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _next(self) -> None:
        due = self._loop.time() + self._seconds
        self._timer = self._loop.call_at(due, self._look, self._calls, due)

    def _look(self, calls: int, due: float) -> None:
        stood_still = self._loop.time() > due + self._seconds / 2
        self._periods += 1
        self._next()
        if not stood_still and (calls == self._calls or self._periods > _MOST_PERIODS):
            self._waited()
