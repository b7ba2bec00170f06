"""Keeps requests away from what keeps failing, and lets one through now and then to see whether it is back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias

from vutler_router.domain.breaker_store import BreakerRecord, FailureKind, stored_time
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
        reason: What went wrong last, in our words: the provider's own may quote somebody's prompt.
        code: The same for programs.
        kind: Whether it passes with time.
        opened_at: Since when it is open; None while closed.
        reopens_at: When the next request gets through; None while closed.
    """

    key: BreakerKey
    state: BreakerState
    failures: int
    reason: str
    code: str
    kind: FailureKind
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
        on_change: Told what opened or closed here, with how it now is.
    """

    def __init__(self, now: Callable[[], datetime], on_change: Callable[[BreakerView], None] = lambda _: None) -> None:
        self._now = now
        self._watchers = [on_change]
        self._troubled: dict[BreakerKey, _Breaker] = {}

    def __iter__(self) -> Iterator[BreakerView]:
        now = self._now()
        return iter([_view(key, breaker, now) for key, breaker in self._troubled.items()])

    @property
    def open_count(self) -> int:
        """How many are open or waiting for a probe."""
        return sum(breaker.reopens_at is not None for breaker in self._troubled.values())

    def find(self, key: BreakerKey) -> BreakerView | None:
        """Return a breaker that failed lately, or None where nothing speaks against asking."""
        breaker = self._troubled.get(key)
        return None if breaker is None else _view(key, breaker, self._now())

    def watch(self, on_change: Callable[[BreakerView], None]) -> None:
        """Tell one more of what opens or closes here from now on."""
        self._watchers.append(on_change)

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
            self._tell(BreakerView(key, BreakerState.CLOSED, 0, "", "", FailureKind.PASSING, None, None))

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
            breaker.opened_at = breaker.opened_at or stored_time(now)
            breaker.reopens_at = stored_time(now + _open_for(error))
            self._tell(_view(key, breaker, now))

    def released(self, key: BreakerKey) -> None:
        """Note that a request came to no result, so that the next one may be the probe."""
        breaker = self._troubled.get(key)
        if breaker is not None:
            breaker.probing = False

    def adopt(self, record: BreakerRecord) -> None:
        """Be as another process left a breaker; nobody is told, for everybody learns of it the same way.

        A closing closes what is open and leaves fewer failures than that alone: they are this process's own count. An
        opening never lasts longer than one of our own, however far ahead the other's clock is.
        """
        key, known = record.key, self._troubled.get(record.key)
        if record.reopens_at is None:
            if known is not None and known.reopens_at is not None:
                del self._troubled[key]
            return
        if known is None:
            self._make_room()
        else:
            del self._troubled[key]
        reopens_at = min(record.reopens_at, stored_time(self._now() + _OPEN))
        probing = known is not None and known.probing
        self._troubled[key] = _Breaker(record.failures, _error_of(record), record.opened_at, reopens_at, probing)

    def forget(self, before: datetime) -> None:
        """Forget what might have been probed since before this time and was not."""
        over = [
            key
            for key, breaker in self._troubled.items()
            if breaker.reopens_at is not None and breaker.reopens_at < before and not breaker.probing
        ]
        for key in over:
            del self._troubled[key]

    def _tell(self, view: BreakerView) -> None:
        for watcher in self._watchers:
            watcher(view)

    def _make_room(self) -> None:
        if len(self._troubled) >= _MOST:
            del self._troubled[next(iter(self._troubled))]


def _open_for(error: UpstreamError) -> timedelta:
    """Five minutes; a provider that limits its rate and says for how long is believed if that is shorter."""
    if isinstance(error, UpstreamBusy) and error.retry_after is not None:
        return min(timedelta(seconds=error.retry_after), _OPEN)
    return _OPEN


def _error_of(record: BreakerRecord) -> UpstreamError:
    """Return a failure that is refused with like the one which another process met."""
    kind = UpstreamRejected if record.kind is FailureKind.PERMANENT else UpstreamUnavailable
    return kind(record.reason, provider=record.provider, code=record.code)


def _refusal(key: BreakerKey, breaker: _Breaker, now: datetime) -> UpstreamError:
    (provider, model, _), error = key, breaker.error
    remaining = max((breaker.reopens_at - now).total_seconds(), 1.0) if breaker.reopens_at else 1.0
    if isinstance(error, UpstreamRejected):
        return UpstreamRejected(error.summary, provider=provider, upstream_status=None, code=error.code)
    return UpstreamUnavailable(
        f"{provider} failed {breaker.failures} times in a row for {model} and is not asked "
        f"for another {remaining:.0f} s. The last failure: {error.summary}",
        provider=provider,
        code="breaker_open",
        retry_after=remaining,
    )


def _view(key: BreakerKey, breaker: _Breaker, now: datetime) -> BreakerView:
    state = BreakerState.CLOSED
    if breaker.reopens_at is not None:
        state = BreakerState.OPEN if now < breaker.reopens_at and not breaker.probing else BreakerState.HALF_OPEN
    error = breaker.error
    kind = FailureKind.PERMANENT if isinstance(error, UpstreamRejected) else FailureKind.PASSING
    return BreakerView(
        key, state, breaker.failures, error.summary, error.code, kind, breaker.opened_at, breaker.reopens_at
    )
