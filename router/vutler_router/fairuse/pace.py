"""How fast one key may be used: as configured, or as a provider's refusals teach; arithmetic on given times, no clock.

A provider allows so many requests a minute, counted in windows of which only it knows the edges. So a key is used a
little slower than that, such that no minute, wherever it begins, holds more than the limit: requests follow each other
at an even distance, with one second's worth at once after a rest.

What is not configured is learned the way TCP finds the rate of a line: a refusal (429) lowers the rate by a factor,
answers raise it by steps as long as somebody waits for more, and a rate that was not refused for minutes is forgotten.
"""

from typing import Final

__all__ = ["Pace"]

_MINUTE: Final = 60.0
_EVEN: Final = 0.9
"""The least share of the limit that is used; below 10 requests a minute a burst of one is a larger part of it."""

_LOWER: Final = 0.7
_LOWEST: Final = 1.0
"""Requests a minute."""

_LOWEST_GUESS: Final = 30.0
"""Requests a minute: who sent few lately did so because few were asked for, and a key that gives less refuses again."""

_RAISE_REQUESTS: Final = 6.0
_RAISE_SHARE: Final = 0.05
"""Answers of a minute at full rate raise it by so many requests a minute, or by this share of it if that is more."""

_ROUNDING: Final = 1e-6
"""Seconds; a shorter wait is an error of arithmetic."""

_FORGET_SECONDS: Final = 300.0
_FIRST_BACKOFF: Final = 1.0
_LONGEST_BACKOFF: Final = 60.0
_MOST_DOUBLINGS: Final = 6


class Pace:
    """The rate of one key. All times are seconds of one clock that only grows.

    Args:
        per_minute: Requests a minute that the key is known to allow; None when nothing is known.

    Attributes:
        rate: Requests a minute now; None: no limit is known, and everything goes at once.
        refusals: How often in a row the key was closed without an answer in between.
    """

    __slots__ = (
        "_before",
        "_closed_until",
        "_due",
        "_known",
        "_refused_at",
        "_sent",
        "_window",
        "rate",
        "refusals",
    )

    def __init__(self, per_minute: float | None = None) -> None:
        self.rate = per_minute
        self.refusals = 0
        self._known = per_minute
        self._due = 0.0
        self._closed_until = 0.0
        self._refused_at = float("-inf")
        self._window = self._sent = self._before = 0.0

    def opens_in(self, now: float) -> float:
        """Seconds until one more request may be sent; 0 when it may be now."""
        if self.rate is None:
            return 0.0
        wait = max(self._closed_until, self._due - self._slack()) - now
        return wait if wait > _ROUNDING else 0.0

    @property
    def per_second(self) -> float:
        """Requests a second that are sent in the long run; 0 where no limit is known."""
        return 0.0 if self.rate is None else 1 / self._distance(self.rate)

    def closed_for(self, now: float) -> float:
        """Seconds for which the provider refuses everything, as far as it said."""
        return max(self._closed_until - now, 0.0)

    def spend(self, now: float, requests: int = 1) -> None:
        """Note that requests are sent; ones that fail count as well, for providers count them."""
        if now - self._window >= _MINUTE:
            self._before = self._sent if now - self._window < 2 * _MINUTE else 0.0
            self._sent, self._window = 0.0, now
        self._sent += requests
        if self.rate is not None:
            self._due = max(self._due, now) + requests * self._distance(self.rate)

    def refund(self) -> None:
        """Take back one request that was not sent after all."""
        self._sent -= 1
        if self.rate is not None:
            self._due -= self._distance(self.rate)

    def refused(self, now: float, retry_after: float | None, sent_at: float) -> None:
        """Note a refusal: the key is closed for a while, and its rate was too high.

        Of requests that were under way together only the first refusal counts. Another one without an answer in between
        says that the key is closed for longer, and nothing about its rate.

        Args:
            now: The time.
            retry_after: Seconds that the provider asks to wait. One second is the least, doubled with every refusal in
                a row: a provider that refuses again after the time it said is not taken at its word.
            sent_at: When the refused request was sent.
        """
        if sent_at > self._refused_at:
            if not self.refusals:
                self.rate = self._lowered(now)
            self.refusals += 1
            self._refused_at = now
        backoff = min(_FIRST_BACKOFF * 2 ** min(self.refusals - 1, _MOST_DOUBLINGS), _LONGEST_BACKOFF)
        self._closed_until = max(self._closed_until, now + max(retry_after or 0.0, backoff))
        self._due = max(self._due, self._closed_until + self._slack())  # one at the opening, the others one by one

    def answered(self, now: float, sent_at: float, *, pressed: bool) -> None:
        """Note an answer: the key works, and with somebody waiting for more (`pressed`) a little more may be tried."""
        if self.rate is None or sent_at <= self._refused_at:
            return
        self.refusals = 0
        if pressed and now >= self._closed_until:
            raised = self.rate + max(_RAISE_REQUESTS / self.rate, _RAISE_SHARE)
            self.rate = raised if self._known is None else min(raised, self._known)

    def relax(self, now: float) -> None:
        """Forget, while nobody waits, what was learned long ago."""
        if self.rate != self._known and now - self._refused_at > _FORGET_SECONDS and now >= self._closed_until:
            self.rate = self._known
            self.refusals = 0

    def _lowered(self, now: float) -> float:
        """Return a lower rate; where none was known, lower than what was sent in the last minute."""
        if self.rate is None:
            return max(_LOWER * self._seen(now), _LOWEST_GUESS)
        return max(_LOWER * self.rate, _LOWEST)

    def _seen(self, now: float) -> float:
        """Return the requests of the last minute, those of the window before counted in proportion."""
        share = min((now - self._window) / _MINUTE, 1.0)
        return self._sent + (1 - share) * self._before

    def _slack(self) -> float:
        """Return how many seconds before its due time a request may go: the burst after a rest."""
        if self.rate is None:
            return 0.0
        return (_burst(self.rate) - 1) * self._distance(self.rate)

    @staticmethod
    def _distance(rate: float) -> float:
        """Return the seconds between two requests: with the burst, a minute holds no more than the rate."""
        return _MINUTE / max(rate - _burst(rate), _EVEN * rate)


def _burst(rate: float) -> float:
    """Return how many requests may follow each other at once: a second's worth, at least one."""
    return max(1.0, rate / _MINUTE)
