"""An event loop whose clock jumps to the next timer instead of waiting for it: minutes pass in milliseconds."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from typing_extensions import override

__all__ = ["in_virtual_time"]

T = TypeVar("T")


class _Selector(selectors.SelectSelector):
    """Never waits; says how long it would have."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("nothing is left that could ever happen")
        if not ready and timeout is not None:
            self.now += timeout
        return ready


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    @override
    def time(self) -> float:
        return self._virtual.now


def in_virtual_time(story: Coroutine[Any, Any, T]) -> T:
    """Run to the end; for what only waits for timers, not for sockets or threads."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(story)
