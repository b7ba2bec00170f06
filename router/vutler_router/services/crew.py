"""A bounded number of pieces of work at once, each known by a key."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

__all__ = ["Crew"]

_log = structlog.get_logger(__name__)


class Crew:
    """Runs work in tasks of its own, so that one slow piece delays no other.

    Args:
        name: Of the tasks, and for the log.
        at_once: How many pieces may run.
        on_free: Called when one has ended and there is room.
    """

    def __init__(self, name: str, at_once: int, on_free: Callable[[], None]) -> None:
        self._name = name
        self._at_once = at_once
        self._on_free = on_free
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._closing = False

    def __contains__(self, key: str) -> bool:
        return key in self._tasks

    def has_room(self) -> bool:
        """Say whether another piece may begin; never again once it is closed."""
        return not self._closing and len(self._tasks) < self._at_once

    def begin(self, key: str, work: Coroutine[Any, Any, None]) -> None:
        """Start a piece of work."""
        task = asyncio.create_task(work, name=self._name)
        self._tasks[key] = task
        task.add_done_callback(lambda done: self._end(key, done))

    async def aclose(self) -> None:
        """Take on nothing more, and cancel what runs."""
        self._closing = True
        tasks = set(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _end(self, key: str, task: "asyncio.Task[None]") -> None:
        self._tasks.pop(key, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("work failed", work=self._name, exc_info=error)
        self._on_free()
