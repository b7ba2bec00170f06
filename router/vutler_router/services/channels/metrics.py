"""What is counted of channels; never a word of what is said."""

from typing import Literal, TypeAlias

from vutler_router.services.answering.metrics import RequestMetrics

__all__ = ["ChatEvent", "ChatMetrics"]

ChatEvent: TypeAlias = Literal["posted", "answered", "unanswered", "delivered", "not_delivered"]
"""A message was kept; an agent that was mentioned answered, or did not; a webhook took a message, or did not."""


class ChatMetrics:
    """One counter among those of the process."""

    def __init__(self, metrics: RequestMetrics) -> None:
        self._events = metrics.counter("vutler_chat_events", "What happened in channels", ("event",))

    def count(self, event: ChatEvent) -> None:
        """Count something that happened."""
        self._events.labels(event).inc()
