"""Writes a status when it differs from the one that is there, and tells of the transitions."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import structlog

from vutler_operator.errors import ClusterError
from vutler_operator.reconcile.events import build_events
from vutler_operator.reconcile.store import Store
from vutler_operator.resources.objects import Manifest, ref_of

__all__ = ["StatusWriter", "Statuses", "timestamp"]

logger = structlog.get_logger(__name__)


class StatusWriter(Protocol):
    """The two writes that a person sees."""

    async def apply_status(self, obj: Manifest, status: Manifest) -> Manifest:
        """Write the status."""
        ...

    async def create_event(self, event: Manifest) -> None:
        """Write an Event."""
        ...


class Statuses:
    """The way to a custom resource's status."""

    def __init__(self, writer: StatusWriter, store: Store, new_suffix: Callable[[], str]) -> None:
        self._writer = writer
        self._store = store
        self._new_suffix = new_suffix

    async def write(self, obj: Manifest, status: Manifest, now: str) -> None:
        """Write a status unless it is there already; each transition is told once, for it is there afterwards."""
        if status == (obj.get("status") or {}):
            return
        self._store.put(await self._writer.apply_status(obj, status))
        for event in build_events(obj, status, now=now, new_suffix=self._new_suffix):
            try:
                await self._writer.create_event(event)
            except ClusterError as error:
                # The status says the same; an Event is not worth a retry of everything.
                logger.warning("event not written", object=str(ref_of(obj)), error=str(error))


def timestamp(now: datetime) -> str:
    """Render a time as the API server does."""
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")
