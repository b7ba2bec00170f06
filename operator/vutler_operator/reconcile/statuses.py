"""Writes a status when it differs from the one that is there, and tells of the transitions."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import structlog

from vutler_operator.errors import ClusterError
from vutler_operator.reconcile.events import build_events, with_left_out
from vutler_operator.reconcile.flood import FloodGuard
from vutler_operator.reconcile.patience import Patience
from vutler_operator.reconcile.store import Store
from vutler_operator.resources.objects import Manifest, ObjectRef, ref_of

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

    def __init__(
        self,
        writer: StatusWriter,
        store: Store,
        new_suffix: Callable[[], str],
        clock: Callable[[], float],
        look_again: Callable[[ObjectRef, float], None],
    ) -> None:
        self._writer = writer
        self._store = store
        self._new_suffix = new_suffix
        self._guard = FloodGuard(clock)
        self._patience = Patience(clock)
        self._look_again = look_again

    async def write(self, obj: Manifest, status: Manifest, now: str) -> None:
        """Write a status unless it is there already; each transition is told once, for it is there afterwards.

        A step on the way may wait for the next one: the object is then looked at again in some seconds.
        """
        ref, before = ref_of(obj), obj.get("status") or {}
        left = self._patience.left(ref, before, status)
        if left:
            self._look_again(ref, left)
        if left or status == before:
            return
        self._store.put(await self._writer.apply_status(obj, status))
        for event in build_events(obj, status, now=now, new_suffix=self._new_suffix):
            left_out = self._guard.admit(ref)
            if left_out is None:
                logger.debug("condition changed", type=event["type"], reason=event["reason"])
            else:
                logger.info("condition changed", type=event["type"], reason=event["reason"])
                await self._tell(with_left_out(event, left_out))

    def forget(self, ref: ObjectRef) -> None:
        """Drop what is remembered of an object that is gone."""
        self._patience.forget(ref)

    async def _tell(self, event: Manifest) -> None:
        try:
            await self._writer.create_event(event)
        except ClusterError as error:
            # The status says the same; an Event is not worth a retry of everything.
            logger.warning("event not written", reason=event["reason"], error=str(error))


def timestamp(now: datetime) -> str:
    """Render a time as the API server does."""
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")
