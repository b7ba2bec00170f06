"""What is counted of mail; never an address or a word of it."""

from typing import Literal, TypeAlias

from vutler_router.services.answering.metrics import RequestMetrics

__all__ = ["MailEvent", "MailMetrics"]

MailEvent: TypeAlias = Literal["queued", "sent", "failed", "received", "duplicate", "unknown_address", "told", "untold"]
"""`told` and `untold`: whether an agent heard of a mail that it got."""


class MailMetrics:
    """One counter among those of the process."""

    def __init__(self, metrics: RequestMetrics) -> None:
        self._events = metrics.counter("vutler_mail_events", "What happened to mails of agents", ("event",))

    def count(self, event: MailEvent) -> None:
        """Count something that happened."""
        self._events.labels(event).inc()
