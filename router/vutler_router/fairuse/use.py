"""What one agent uses and has reserved: the value that all router processes share."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from vutler_router.fairuse.months import Month
from vutler_router.fairuse.windows import Minute

__all__ = ["KEPT_AFTER", "LONGEST_LEASE", "AgentUse", "Held"]

LONGEST_LEASE: Final = 60
"""Seconds after which a reservation that nobody renews is void in any case, a clock that was set back included."""

KEPT_AFTER: Final = 3_600
"""Seconds for which a holder without reservations is remembered, so that what it sends late is not counted twice."""


@dataclass(frozen=True, slots=True)
class Held:
    """What one router process has reserved for its requests under way.

    Attributes:
        requests: How many are under way.
        tokens: What they are expected to use together.
        cost: The same in 1e-9 USD.
        expires_at: Until when it counts unless renewed, in seconds since 1970.
        op: The number of the last changes of that process that are in the state.
    """

    requests: int = 0
    tokens: int = 0
    cost: int = 0
    expires_at: int = 0
    op: int = 0

    def plus(self, requests: int, tokens: int, cost: int) -> "Held":
        """Return it with more reserved, or less."""
        return Held(
            max(self.requests + requests, 0),
            max(self.tokens + tokens, 0),
            max(self.cost + cost, 0),
            self.expires_at,
            self.op,
        )

    def at(self, now: float) -> "Held":
        """Return what of it counts: nothing after its time."""
        if self.expires_at <= now:
            return Held(expires_at=self.expires_at, op=self.op)
        if self.expires_at > now + LONGEST_LEASE:
            return replace(self, expires_at=int(now) + LONGEST_LEASE)
        return self


@dataclass(frozen=True, slots=True)
class AgentUse:
    """One agent's state.

    Attributes:
        minute: What began and ended in the last minute.
        month: What ended in this month.
        holders: What is under way, by router process.
    """

    minute: Minute = field(default_factory=Minute)
    month: Month = field(default_factory=Month)
    holders: Mapping[str, Held] = field(default_factory=dict)

    @property
    def reserved(self) -> Held:
        """What all processes hold together."""
        holders = self.holders.values()
        return Held(sum(h.requests for h in holders), sum(h.tokens for h in holders), sum(h.cost for h in holders))

    def held_by(self, holder: str) -> Held:
        """Return what one process holds."""
        return self.holders.get(holder, Held())

    def holding(self, holder: str, held: Held) -> "AgentUse":
        """Return it with what a process says that it holds."""
        return AgentUse(self.minute, self.month, {**self.holders, holder: held})

    def at(self, now: float) -> "AgentUse":
        """Return what counts at a time: the last minute, the month that it is, and reservations that were renewed."""
        holders = {name: held.at(now) for name, held in self.holders.items() if held.expires_at + KEPT_AFTER > now}
        return AgentUse(self.minute.at(now), self.month.at(now), holders)
