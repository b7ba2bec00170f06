"""Brings alerts to the webhook of the platform's owner: normally once, never silently not at all."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from typing import Final, Protocol

import orjson
import structlog
from typing_extensions import override

from vutler_router.domain.alert_store import MOST_DUE, Alert, AlertStore
from vutler_router.domain.breaker_store import stored_time
from vutler_router.errors import UpstreamError
from vutler_router.providers.webhook import Webhook
from vutler_router.services.alerting.alert_json import alert_json
from vutler_router.services.alerting.metrics import AlertMetrics
from vutler_router.services.rounds import Rounds

__all__ = ["AlertDelivery", "Delivery", "NoDelivery", "next_pause"]

_TRIED_FOR: Final = timedelta(days=1)
"""After that an alert is to be found in the API only."""

_FIRST_PAUSE: Final = timedelta(seconds=20)
"""Longer than one attempt may take with what is written down about it, so that no other process begins meanwhile."""

_LONGEST_PAUSE: Final = timedelta(hours=1)
_JITTER: Final = 0.2

_log = structlog.get_logger(__name__)


class Delivery(Protocol):
    """What brings alerts to somebody."""

    def ring(self) -> None:
        """Hear that there are new alerts."""
        ...

    def running(self) -> AbstractAsyncContextManager[None]:
        """Deliver for the life of the block."""
        ...


class AlertDelivery(Delivery):
    """Posts every alert until the receiver takes it, for up to a day.

    An attempt is claimed in the store up to the time of the next one, so that of several router processes one posts,
    and one that dies in between is followed by another. The pauses double, because each is as long as the alert is old.
    A receiver that gets an alert a second time (we died before we could note that it took it) knows it by its id.

    Args:
        store: Where alerts are kept.
        webhook: The receiver.
        metrics: Told of attempts that failed.
        now: The time, UTC.
        jitter: Returns a number from 0 up to 1.
        interval: Seconds between two looks for what other processes left.
    """

    def __init__(
        self,
        store: AlertStore,
        webhook: Webhook,
        metrics: AlertMetrics,
        now: Callable[[], datetime],
        *,
        jitter: Callable[[], float] = random.random,
        interval: float = 5.0,
    ) -> None:
        self._store = store
        self._webhook = webhook
        self._metrics = metrics
        self._now = now
        self._jitter = jitter
        self._taken: set[str] = set()
        self._rounds = Rounds("alert-delivery", self.deliver, pause=min(interval, 1.0), longest=interval)

    @override
    def ring(self) -> None:
        self._rounds.ring()

    @override
    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with self._rounds.running():
            yield

    async def deliver(self) -> None:
        """Post what is due; the first that the receiver does not take ends the round, for it may be away.

        Raises:
            StorageError: The database does not answer; what it has not noted is posted again.
        """
        now = self._now()
        due = await self._store.undelivered(now, raised_after=now - _TRIED_FOR)
        for alert in due:
            if not await self._attempt(alert):
                return
        if len(due) == MOST_DUE:
            self._rounds.ring()

    async def _attempt(self, alert: Alert) -> bool:
        """Post an alert unless another process does; say whether to go on."""
        now = self._now()
        again_at = now + next_pause(now - alert.raised_at) * (1 + _JITTER * self._jitter())
        if not await self._store.claim(alert.id, now=now, until=stored_time(again_at)):
            return True
        try:
            if alert.id not in self._taken:
                await self._webhook.post(alert.message_id, _message(alert), now)
        except UpstreamError as error:
            self._metrics.not_delivered()
            given_up = again_at - alert.raised_at >= _TRIED_FOR
            _log.warning("alert not delivered", alert_id=alert.id, error=error.message, given_up=given_up)
            return False
        self._taken.add(alert.id)
        await self._store.mark_delivered(alert.id, stored_time(self._now()))
        self._taken.discard(alert.id)
        _log.info("alert delivered", alert_id=alert.id)
        return True


class NoDelivery(Delivery):
    """Where there is no webhook: alerts are in the log, in metrics and in the API."""

    @override
    def ring(self) -> None:
        return

    @override
    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        yield


def next_pause(age: timedelta) -> timedelta:
    """Return how long to wait before an alert of this age is tried again."""
    return min(max(age, _FIRST_PAUSE), _LONGEST_PAUSE)


def _message(alert: Alert) -> bytes:
    """Write what the receiver gets: the same bytes at every attempt."""
    return orjson.dumps(
        {"type": "agent.usage.threshold", "timestamp": alert.raised_at.isoformat(), "data": alert_json(alert)}
    )
