"""The last minute of one agent, second by second."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import floor
from typing import Final

__all__ = ["SECONDS_COUNTED", "Bucket", "Minute"]

Bucket = tuple[int, int, int]
"""A second since 1970, the requests started in it and the tokens that were settled in it."""

SECONDS_COUNTED: Final = 61
"""How long a second counts from its beginning: what happened at its very end is then a minute ago."""

_AHEAD: Final = 5
"""Seconds by which the clocks of router processes may differ without notice."""


@dataclass(frozen=True, slots=True)
class Minute:
    """Counts of the last minute, so that no window of sixty seconds ever holds more than it seems to.

    Attributes:
        buckets: Oldest first, each second once, none without counts.
    """

    buckets: tuple[Bucket, ...] = ()

    @property
    def requests(self) -> int:
        """Requests started in it."""
        return sum([bucket[1] for bucket in self.buckets])

    @property
    def tokens(self) -> int:
        """Tokens used in it."""
        return sum([bucket[2] for bucket in self.buckets])

    def at(self, now: float) -> "Minute":
        """Return what still counts.

        What lies far ahead was written before a clock was set back; it counts as happening now, or it would be held
        against the agent until that time comes.
        """
        buckets = self.buckets
        if not buckets or (buckets[0][0] + SECONDS_COUNTED > now and buckets[-1][0] <= now + _AHEAD):
            return self
        present = floor(now)
        ahead = [bucket for bucket in buckets if bucket[0] > now + _AHEAD]
        kept = Minute(tuple(b for b in buckets if now < b[0] + SECONDS_COUNTED and b[0] <= now + _AHEAD))
        return kept.plus({present: (sum(b[1] for b in ahead), sum(b[2] for b in ahead))}) if ahead else kept

    def plus(self, counts: Mapping[int, tuple[int, int]]) -> "Minute":
        """Return it with requests and tokens added to seconds; negative ones take away what is there and no more."""
        merged = {second: (requests, tokens) for second, requests, tokens in self.buckets}
        for second, (requests, tokens) in counts.items():
            known = merged.get(second, (0, 0))
            merged[second] = max(known[0] + requests, 0), max(known[1] + tokens, 0)
        return Minute(tuple((second, *merged[second]) for second in sorted(merged) if any(merged[second])))

    def wait_for_requests(self, below: int, now: float) -> float | None:
        """Return the seconds until fewer requests than `below` count; None when that never is."""
        return _wait([(second, requests) for second, requests, _ in self.buckets], below, now)

    def wait_for_tokens(self, below: int, now: float) -> float | None:
        """Return the seconds until fewer tokens than `below` count; None when that never is."""
        return _wait([(second, tokens) for second, _, tokens in self.buckets], below, now)


def _wait(amounts: Iterable[tuple[int, int]], below: int, now: float) -> float | None:
    amounts = tuple(amounts)
    left = sum(amount for _, amount in amounts)
    wait = 0.0
    for second, amount in amounts:
        if left < below:
            break
        left -= amount
        wait = second + SECONDS_COUNTED - now
    return max(wait, 0.0) if left < below else None
