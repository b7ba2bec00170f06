"""Which figures of use are shown in a status: the newest, but not with every look at the router."""

from collections.abc import Callable
from typing import Final

from vutler_operator.reconcile.fair_use import judge_fair_use
from vutler_operator.router_client import AgentUsage, UsageSummary

__all__ = ["UsageBoard"]

_SECONDS: Final = 30.0
"""For how long figures stay as they are shown. An agent that is used all the time has its status written twice a minute
instead of at every look; people read a month's figures, and a change of the condition does not wait."""


class UsageBoard:
    """What the router last said of every agent's month, and what of it is shown.

    Args:
        clock: Seconds, from wherever.
        seconds: For how long shown figures stay.
    """

    def __init__(self, clock: Callable[[], float], *, seconds: float = _SECONDS) -> None:
        self._clock = clock
        self._seconds = seconds
        self._month: str | None = None
        self._latest: dict[str, AgentUsage] = {}
        self._shown: dict[str, AgentUsage] = {}
        self._shown_at: dict[str, float] = {}

    @property
    def is_known(self) -> bool:
        """Whether the router has told anything yet."""
        return self._month is not None

    def find(self, identifier: str) -> AgentUsage | None:
        """Return what is shown of an agent's month; None while nothing is known."""
        if self._month is None:
            return None
        return self._shown.get(identifier) or AgentUsage(agent_id=identifier, period=self._month)

    def take(self, summary: UsageSummary) -> None:
        """Hear what the router says now; `show` makes it visible."""
        self._month = summary.month
        self._latest = {usage.agent_id: usage for usage in summary.agents}

    def show(self) -> set[str]:
        """Show what is due, and return whose figures changed by that; what is not due yet stays for a later call."""
        now = self._clock()
        due = {key for key in self._latest.keys() | self._shown.keys() if self._is_due(key, now)}
        for key in due:
            latest = self._latest.get(key)
            if latest is None:
                self.forget(key)
            else:
                self._shown[key], self._shown_at[key] = latest, now
        return due

    def forget(self, identifier: str) -> None:
        """Let go of an agent."""
        self._latest.pop(identifier, None)
        self._shown.pop(identifier, None)
        self._shown_at.pop(identifier, None)

    def _is_due(self, identifier: str, now: float) -> bool:
        latest, shown = self._latest.get(identifier), self._shown.get(identifier)
        if latest == shown:
            return False
        if latest is None or shown is None or latest.period != shown.period:
            return True
        rested = now - self._shown_at[identifier] >= self._seconds
        return rested or judge_fair_use(latest) != judge_fair_use(shown)
