"""Keeps requests away from what keeps failing, and lets one through now and then to see whether it is back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias

from vutler_router.errors import UpstreamBusy, UpstreamError, UpstreamRejected, UpstreamUnavailable

__all__ = ["BreakerKey", "BreakerState", "BreakerView", "Breakers"]

_THRESHOLD: Final = 3
_OPEN: Final = timedelta(minutes=5)
_MOST: Final = 10_000
"""Breakers remembered; the one untouched for longest goes first."""


BreakerKey: TypeAlias = tuple[str, str, str]
"""What one breaker stands for: provider, model, credential; so one user's bad key concerns nobody else."""


class BreakerState(StrEnum):
    """Whether requests get through."""

    CLOSED = "closed"
    """They do; there were failures lately."""

    OPEN = "open"
    """They do not."""

    HALF_OPEN = "half_open"
    """The next one does, as a probe."""


@dataclass(frozen=True, slots=True)
class BreakerView:
    """A breaker as people see it.

    Attributes:
        failures: In a row.
        reason: What the provider said last, scrubbed.
        code: The same for programs.
        opened_at: Since when it is open; None while closed.
        reopens_at: When the next request gets through; None while closed.
    """

    key: BreakerKey
    state: BreakerState
    failures: int
    reason: str
    code: str
    opened_at: datetime | None
    reopens_at: datetime | None


@dataclass(slots=True)
class _Breaker:
    failures: int
    error: UpstreamError
    opened_at: datetime | None = None
    reopens_at: datetime | None = None
    probing: bool = False


class Breakers:
    """Every breaker of this process; only what failed lately is remembered, so that the good case costs a look-up.

    Args:
        now: The time, UTC.
        on_change: Told what opened or closed, with how it now is.
    """

    def __init__(self, now: Callable[[], datetime], on_change: Callable[[BreakerView], None] = lambda _: None) -> None:
        self._now = now
        self._on_change = on_change
        self._troubled: dict[BreakerKey, _Breaker] = {}

    def __iter__(self) -> Iterator[BreakerView]:
        now = self._now()
        return iter([_view(key, breaker, now) for key, breaker in self._troubled.items()])

    @property
    def open_count(self) -> int:
        """How many are open or waiting for a probe."""
        return sum(breaker.reopens_at is not None for breaker in self._troubled.values())

    def admit(self, key: BreakerKey) -> None:
        """Let a request through, or raise why not. Who is let through reports back by one of the other methods.

        Raises:
            UpstreamRejected: The breaker is open and the failure was permanent; its message is the failure's.
            UpstreamUnavailable: The breaker is open; `retry_after` says for how long.
        """
        breaker = self._troubled.get(key)
        if breaker is None or breaker.reopens_at is None:
            return
        now = self._now()
        if now < breaker.reopens_at or breaker.probing:
            raise _refusal(key, breaker, now)
        breaker.probing = True

    def succeeded(self, key: BreakerKey) -> None:
        """Note that the provider does its work."""
        breaker = self._troubled.pop(key, None)
        if breaker is not None and breaker.opened_at is not None:
            self._on_change(BreakerView(key, BreakerState.CLOSED, 0, "", "", None, None))

    def began(self, key: BreakerKey) -> None:
        """Note that a stream began: it ends a probe well, but only its end says whether failures are over."""
        breaker = self._troubled.get(key)
        if breaker is not None and breaker.probing:
            self.succeeded(key)

    def failed(self, key: BreakerKey, error: UpstreamError) -> None:
        """Note a failure that speaks against the provider."""
        breaker = self._troubled.pop(key, None)
        if breaker is None:
            breaker = _Breaker(0, error)
            self._make_room()
        self._troubled[key] = breaker  # at the end: the order is that of the last failure
        breaker.failures += 1
        breaker.error = error
        breaker.probing = False
        if breaker.failures >= _THRESHOLD:
            now = self._now()
            breaker.opened_at = breaker.opened_at or now
            breaker.reopens_at = now + _open_for(error)
            self._on_change(_view(key, breaker, now))

    def released(self, key: BreakerKey) -> None:
        """Note that a request came to no result, so that the next one may be the probe."""
        breaker = self._troubled.get(key)
        if breaker is not None:
            breaker.probing = False

    def _make_room(self) -> None:
        if len(self._troubled) >= _MOST:
            del self._troubled[next(iter(self._troubled))]


def _open_for(error: UpstreamError) -> timedelta:
    """Five minutes; a provider that limits its rate and says for how long is believed if that is shorter."""
    if isinstance(error, UpstreamBusy) and error.retry_after is not None:
        return min(timedelta(seconds=error.retry_after), _OPEN)
    return _OPEN


def _refusal(key: BreakerKey, breaker: _Breaker, now: datetime) -> UpstreamError:
    (provider, model, _), error = key, breaker.error
    remaining = max((breaker.reopens_at - now).total_seconds(), 1.0) if breaker.reopens_at else 1.0
    if isinstance(error, UpstreamRejected):
        return UpstreamRejected(error.message, provider=provider, upstream_status=None, code=error.code)
    return UpstreamUnavailable(
        f"{provider} failed {breaker.failures} times in a row for {model} and is not asked "
        f"for another {remaining:.0f} s. The last failure: {error.message}",
        provider=provider,
        code="breaker_open",
        retry_after=remaining,
    )


def _view(key: BreakerKey, breaker: _Breaker, now: datetime) -> BreakerView:
    state = BreakerState.CLOSED
    if breaker.reopens_at is not None:
        state = BreakerState.OPEN if now < breaker.reopens_at and not breaker.probing else BreakerState.HALF_OPEN
    error = breaker.error
    return BreakerView(key, state, breaker.failures, error.message, error.code, breaker.opened_at, breaker.reopens_at)
