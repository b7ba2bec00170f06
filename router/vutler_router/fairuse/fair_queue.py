"""Whose turn it is among agents who wait for the same thing: shares by weight, so that noise delays its maker alone.

Start-time fair queueing (Goyal, Vin and Cheng, "Start-time Fair Queueing", IEEE/ACM Transactions on Networking, 1997):
every agent has a line, whose first request starts where the agent's last one ended on a virtual clock, or now on that
clock if the agent had nothing waiting; the earliest start is served next. Each request is one unit of work, so that an
agent of weight 2 ends its requests after half a unit and is served twice as often. Who was idle starts now: with no
debt for the past and no credit either.
"""

import heapq
import itertools
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

__all__ = ["FairQueue", "Ticket"]

_MOST_STALE: Final = 64
"""Entries of tickets that left, kept in the heap until their turn would have come."""

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Ticket(Generic[T]):
    """One place in an agent's line.

    Attributes:
        item: Who waits.
        agent: Whose line it is.
        weight: The agent's share beside the others, more than 0.
        order: When it came, on any clock: who came earlier goes first among equals.
    """

    item: T
    agent: str
    weight: float
    order: float


@dataclass(slots=True, eq=False)
class _Line(Generic[T]):
    """What one agent has waiting.

    Attributes:
        start: Where its first ticket starts on the virtual clock.
        finish: Where its last served ticket ended.
        entry: The number of its valid entry in the heap.
    """

    tickets: deque[Ticket[T]] = field(default_factory=deque)
    start: float = 0.0
    finish: float = 0.0
    entry: int = 0


class FairQueue(Generic[T]):
    """Who waits, and who is next. Knows no time and no limit but the order; a step costs the logarithm of the agents.

    What it remembers of agents is forgotten whenever nobody waits any more.
    """

    def __init__(self) -> None:
        self._lines: dict[str, _Line[T]] = {}
        self._heap: list[tuple[float, float, int, _Line[T]]] = []
        self._entries = itertools.count(1)
        self._now = 0.0
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def waiting(self, agent: str) -> int:
        """How many tickets an agent holds."""
        line = self._lines.get(agent)
        return 0 if line is None else len(line.tickets)

    def push(self, agent: str, weight: float, item: T, order: float) -> Ticket[T]:
        """Join at the end of the agent's line."""
        line = self._lines.setdefault(agent, _Line())
        ticket = Ticket(item, agent, weight, order)
        line.tickets.append(ticket)
        self._size += 1
        if len(line.tickets) == 1:
            self._advance(line)
        return ticket

    def take(self, fits: Callable[[T], bool] = lambda _: True) -> Ticket[T] | None:
        """Serve the next one that fits; None when nobody does."""
        passed = []
        found = None
        while self._heap and found is None:
            entry = heapq.heappop(self._heap)
            line = entry[-1]
            if entry[2] != line.entry:
                continue
            found = next((ticket for ticket in line.tickets if fits(ticket.item)), None)
            if found is None:
                passed.append(entry)
            else:
                self._serve(line, found)
        for entry in passed:
            heapq.heappush(self._heap, entry)
        self._rest()
        return found

    def put_back(self, agent: str, weight: float, item: T, order: float) -> Ticket[T]:
        """Join in front, by the order of the first time, because being served was in vain; it is not paid for twice.

        The agent gets back no more than makes it start now: many who return at once are no privilege either.
        """
        line = self._lines.setdefault(agent, _Line())
        ticket = Ticket(item, agent, weight, order)
        earlier = sum(other.order < order for other in line.tickets)
        line.tickets.insert(earlier, ticket)
        line.finish -= 1 / weight
        self._size += 1
        self._advance(line)
        return ticket

    def remove(self, ticket: Ticket[T]) -> bool:
        """Leave, as if one had never come; False when the ticket does not wait (any more)."""
        line = self._lines.get(ticket.agent)
        if line is None or ticket not in line.tickets:
            return False
        first = line.tickets[0] is ticket
        line.tickets.remove(ticket)
        self._size -= 1
        if first:
            self._advance(line)
        self._rest()
        return True

    def shed(self) -> Ticket[T]:
        """Send the last one away out of the line that is longest for its agent's weight.

        Raises:
            ValueError: Nobody waits.
        """
        lines = (line for line in self._lines.values() if line.tickets)
        longest = max(lines, key=lambda line: len(line.tickets) / line.tickets[-1].weight)
        ticket = longest.tickets[-1]
        self.remove(ticket)
        return ticket

    def ahead(self, agent: str, weight: float) -> int:
        """How many would be served before one who joined an agent's line now, if nobody came or left."""
        own = self._lines.get(agent) or _Line[T]()
        before = len(own.tickets)
        start = (own.start if before else max(self._now, own.finish)) + before / weight
        return before + sum(
            min(len(line.tickets), math.floor((start - line.start) * line.tickets[0].weight) + 1)
            for line in self._lines.values()
            if line is not own and line.tickets and line.start <= start
        )

    def _serve(self, line: _Line[T], ticket: Ticket[T]) -> None:
        line.tickets.remove(ticket)
        self._size -= 1
        self._now = max(self._now, line.start)
        line.finish = line.start + 1 / ticket.weight
        self._advance(line)

    def _advance(self, line: _Line[T]) -> None:
        """Let a line's first ticket start where the last one ended, but never before now."""
        if not line.tickets:
            line.entry = 0
            return
        line.start = max(self._now, line.finish)
        line.entry = next(self._entries)
        if len(self._heap) > _MOST_STALE + 2 * len(self._lines):
            self._heap = [entry for entry in self._heap if entry[2] == entry[-1].entry]
            heapq.heapify(self._heap)
        heapq.heappush(self._heap, (line.start, line.tickets[0].order, line.entry, line))

    def _rest(self) -> None:
        """Forget all once nobody waits: whoever comes next finds everybody equal."""
        if not self._size:
            self._lines.clear()
            self._heap.clear()
            self._now = 0.0
