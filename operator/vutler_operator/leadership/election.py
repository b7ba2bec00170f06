"""Who may act, decided from the Lease as it was seen and a clock of one's own; pure.

The rules are those of client-go's leaderelection, with two differences, both towards safety: a term counts from when
its renewal was sent, not from when the answer came, and a Lease that vanished still binds whoever has seen it held.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from vutler_operator.resources.lease import Lease

__all__ = ["Candidate", "Election", "Terms"]

_LONGEST_SECONDS: Final = 60
"""No Lease makes others wait for longer, whatever somebody wrote into it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The times of an election, in seconds; the defaults are client-go's.

    Raises:
        ValueError: a holder would still act when another one may take the Lease.
    """

    lease_seconds: int = 15
    """Others take the Lease when they saw no renewal for so long."""
    renew_seconds: float = 10.0
    """The holder stops to act when no renewal succeeded for so long; the difference is for clocks of unequal speed."""
    retry_seconds: float = 2.0
    """How often the holder renews."""
    look_seconds: float = 1.0
    """How often a standby looks; a Lease that was released is taken after half of it, on average."""

    def __post_init__(self) -> None:
        if not self.lease_seconds > self.renew_seconds > self.retry_seconds > 0:
            raise ValueError("a lease must be longer than its deadline, and that longer than a retry")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One process that takes part."""

    identity: str
    """Different for every process that ever ran."""
    has_ended: Callable[[str], bool] = lambda _: False
    """Tells by its identity whether another process has certainly ended."""


class Election:
    """What one process knows of the Lease, and what follows from it. Times are of any clock that never goes back."""

    def __init__(self, candidate: Candidate, terms: Terms) -> None:
        self._candidate = candidate
        self._terms = terms
        self._seen: Lease | None = None
        self._seen_at = 0.0
        self._vanished = False
        self._until: float | None = None
        self._over = False

    @property
    def holder(self) -> str:
        """Who held the Lease when it was last seen; empty: nobody."""
        return self._seen.holder if self._seen else ""

    def leads(self, now: float) -> bool:
        """Tell whether this process may write; asked before every write."""
        return self.seconds_left(now) > 0

    def seconds_left(self, now: float) -> float:
        """Return for how long this process may write without another renewal."""
        return 0.0 if self._over or self._until is None else max(0.0, self._until - now)

    def decide(self, lease: Lease | None, now: float, stamp: str) -> Lease | None:
        """Return the Lease to write, or None if it is another's.

        Args:
            lease: as it was just read; None if there is none.
            now: the time after the reading.
            stamp: the time for people to read.
        """
        self._notice(lease, now)
        if self._over:
            return None
        if lease is not None and lease.holder == self._candidate.identity:
            return self._renewed(lease, stamp)
        if self._until is not None and lease is not None:
            self._over = True  # somebody else has it, whatever the reason
            return None
        return self._taken(lease, stamp) if self.leads(now) or self._is_free(now) else None

    def renewal(self, stamp: str) -> Lease | None:
        """Return the Lease to write without reading it first; None if it has to be read."""
        mine = self._seen is not None and self._seen.holder == self._candidate.identity
        return self._renewed(self._seen, stamp) if self._seen is not None and mine else None

    def confirm(self, lease: Lease, sent_at: float, now: float) -> None:
        """Hear that a write succeeded; `sent_at` is from before it was sent, for no other sees it any earlier."""
        self._notice(lease, now)
        if lease.holder == self._candidate.identity:
            self._until = sent_at + self._terms.renew_seconds

    def resign(self, lease: Lease | None) -> Lease | None:
        """Give up for good; return the Lease to write so that others need not wait, None if it is not ours."""
        self._over = True
        mine = lease is not None and lease.holder == self._candidate.identity
        return replace(lease, holder="") if lease is not None and mine else None

    def _notice(self, lease: Lease | None, now: float) -> None:
        if lease is None:
            if not self._vanished:
                self._seen_at = now  # it may have been renewed, unseen, until just now
            self._vanished = True
            return
        if self._vanished or self._seen is None or replace(lease, version=self._seen.version) != self._seen:
            self._seen_at = now
        self._seen, self._vanished = lease, False

    def _is_free(self, now: float) -> bool:
        if self._seen is None or not self._seen.holder or self._is_predecessor(self._seen.holder):
            return True
        waiting = max(self._terms.lease_seconds, min(self._seen.duration_seconds, _LONGEST_SECONDS))
        return now >= self._seen_at + waiting

    def _is_predecessor(self, holder: str) -> bool:
        return holder != self._candidate.identity and self._candidate.has_ended(holder)

    def _renewed(self, lease: Lease, stamp: str) -> Lease:
        return replace(lease, duration_seconds=self._terms.lease_seconds, renewed=stamp)

    def _taken(self, lease: Lease | None, stamp: str) -> Lease:
        return Lease(
            holder=self._candidate.identity,
            duration_seconds=self._terms.lease_seconds,
            acquired=stamp,
            renewed=stamp,
            transitions=lease.transitions + 1 if lease else 0,
            version=lease.version if lease else "",
        )
