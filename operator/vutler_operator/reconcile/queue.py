"""The work queue: each key once while it waits, one worker per key, failures come back later and later."""

import asyncio
import heapq
import itertools
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from vutler_operator.resources.objects import ObjectRef

__all__ = ["Backlog", "Backoff", "Held", "WorkQueue"]


class Backlog:
    """The order of work as data; the time is given, so that tests need not wait.

    What somebody asked for (a new agent, a changed one) goes before what follows from it (a pod that moved on): while
    there is any of the first kind, of four keys taken one is of the second, and of four worked on at most one. So a
    change is not in line behind the echo of a thousand others, however slow that is, and the echo is heard too.

    Args:
        waited: hears of each key that is taken for how many seconds it could have been.
    """

    def __init__(self, waited: Callable[[float], None] = lambda _: None) -> None:
        self._waited = waited
        self._since: dict[ObjectRef, float] = {}
        self._first: deque[ObjectRef] = deque()
        self._ready: deque[ObjectRef] = deque()
        self._queued: dict[ObjectRef, bool] = {}
        """What is in line, and whether in the first one; a deque may hold keys that left by the other."""
        self._running: dict[ObjectRef, bool] = {}
        """What is worked on, and whether it came from the first line."""
        self._again: dict[ObjectRef, bool] = {}
        self._taken = 0
        self._later: list[tuple[float, int, ObjectRef]] = []
        self._due: dict[ObjectRef, float] = {}
        self._order = itertools.count()

    def __len__(self) -> int:
        return len(self._queued) + len(self._again)

    def add(self, key: ObjectRef, now: float = 0.0, *, first: bool = False) -> None:
        """Queue a key; one that is being worked on comes back when that work is done.

        Args:
            key: what to work on.
            now: the time.
            first: whether somebody asked for it.
        """
        self._since.setdefault(key, now)
        if key in self._running:
            self._again[key] = first or self._again.get(key, False)
        elif key not in self._queued or (first and not self._queued[key]):
            self._queued[key] = first
            (self._first if first else self._ready).append(key)

    def add_at(self, key: ObjectRef, time: float) -> None:
        """Queue a key at a time; only the earliest such time of a key counts."""
        if time < self._due.get(key, float("inf")):
            self._due[key] = time
            heapq.heappush(self._later, (time, next(self._order), key))

    def next_time(self) -> float | None:
        """Return when the next delayed key is due."""
        while self._later and self._due.get(self._later[0][2]) != self._later[0][0]:
            heapq.heappop(self._later)
        return self._later[0][0] if self._later else None

    def take(self, now: float) -> ObjectRef | None:
        """Return the next key to work on, or None if nothing is due."""
        while (due := self.next_time()) is not None and due <= now:
            _, _, key = heapq.heappop(self._later)
            del self._due[key]
            self.add(key, due)
        following = self._next()
        if following is not None:
            self._waited(now - self._since.pop(following, now))
        return following

    def _next(self) -> ObjectRef | None:
        self._taken += 1
        echoes = sum(not first for first in self._running.values())
        echo_first = self._taken % 4 == 0 and 4 * echoes <= len(self._running)
        lines = (self._ready, self._first) if echo_first else (self._first, self._ready)
        for line in lines:
            while line:
                key = line.popleft()
                if self._queued.get(key) is (line is self._first):
                    del self._queued[key]
                    self._running[key] = line is self._first
                    return key
        return None

    def is_asked_for_more(self) -> bool:
        """Tell whether something is in line that somebody asked for."""
        while self._first and not self._queued.get(self._first[0]):
            self._first.popleft()
        return bool(self._first)

    def is_idle(self) -> bool:
        """Tell whether nothing is ready or being worked on; what waits for its time does not count."""
        return not (self._queued or self._running)

    def done(self, key: ObjectRef) -> None:
        """Say that the work on a key ended, well or not."""
        self._running.pop(key, None)
        if key in self._again:
            self.add(key, first=self._again.pop(key))


@dataclass(slots=True)
class Backoff:
    """How long a failing key waits: twice as long each time, never in step with the others."""

    base_seconds: float = 0.2
    cap_seconds: float = 60.0
    jitter: Callable[[], float] = random.random
    """Returns a number from 0 up to 1."""
    _failures: dict[ObjectRef, int] = field(default_factory=dict)

    def fail(self, key: ObjectRef) -> float:
        """Count a failure and return the seconds until the next try."""
        count = self._failures.get(key, 0)
        self._failures[key] = count + 1
        longest = min(self.cap_seconds, self.base_seconds * float(1 << min(count, 30)))
        return longest * (0.5 + self.jitter() / 2)

    def succeed(self, key: ObjectRef) -> None:
        """Forget a key's failures."""
        self._failures.pop(key, None)


class WorkQueue:
    """The backlog, shared by workers that wait for it; `waited` is the backlog's."""

    def __init__(self, clock: Callable[[], float], waited: Callable[[float], None] = lambda _: None) -> None:
        self._backlog = Backlog(waited)
        self._clock = clock
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._idle = asyncio.Event()

    def __len__(self) -> int:
        return len(self._backlog)

    def add(self, key: ObjectRef) -> None:
        """Queue a key."""
        self._backlog.add(key, self._clock())
        self._wake_one()

    def add_first(self, key: ObjectRef) -> None:
        """Queue a key that somebody asked for; see `Backlog`."""
        self._backlog.add(key, self._clock(), first=True)
        self._wake_one()

    def add_after(self, key: ObjectRef, seconds: float) -> None:
        """Queue a key in some seconds."""
        self._backlog.add_at(key, self._clock() + seconds)
        self._wake_one()

    async def take(self) -> ObjectRef:
        """Wait for the next key; `done` must follow."""
        while (key := self._backlog.take(self._clock())) is None:
            due = self._backlog.next_time()
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            await asyncio.wait((waiter,), timeout=None if due is None else max(0.0, due - self._clock()))
            waiter.cancel()
        return key

    def is_asked_for_more(self) -> bool:
        """Tell whether something is in line that somebody asked for; see `Backlog`."""
        return self._backlog.is_asked_for_more()

    def done(self, key: ObjectRef) -> None:
        """Say that the work on a key ended."""
        self._backlog.done(key)
        self._wake_one()
        if self._backlog.is_idle():
            self._idle.set()

    async def drained(self) -> None:
        """Wait until everything that was queued has been worked on once."""
        while not self._backlog.is_idle():
            self._idle.clear()
            await self._idle.wait()

    def _wake_one(self) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return


class Held:
    """Keeps the keys of one kind back until it is released; all others pass."""

    def __init__(self, kind: str, add: Callable[[ObjectRef], None]) -> None:
        self._kind = kind
        self._add = add
        self._held: set[ObjectRef] | None = set()

    def add(self, key: ObjectRef) -> None:
        """Queue a key, now or at the release."""
        if self._held is not None and key.kind == self._kind:
            self._held.add(key)
        else:
            self._add(key)

    def release(self) -> None:
        """Queue what was held, and hold nothing any more."""
        held, self._held = self._held or set(), None
        for key in held:
            self._add(key)
