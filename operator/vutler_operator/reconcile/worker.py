"""Works the queue off: several keys at once, one at a time each, failures later."""

import asyncio
import time
from collections.abc import Mapping
from typing import Protocol

import structlog

from vutler_operator.errors import Conflict, OperatorError
from vutler_operator.reconcile.metrics import Metrics
from vutler_operator.reconcile.queue import Backoff, WorkQueue
from vutler_operator.resources.objects import ObjectRef

__all__ = ["Reconciler", "Worker"]

logger = structlog.get_logger(__name__)


class Reconciler(Protocol):
    """Brings one object to where it should be."""

    async def reconcile(self, work: ObjectRef) -> None:
        """Reconcile it."""
        ...


class Worker:
    """What each of the concurrent workers does."""

    def __init__(
        self, queue: WorkQueue, reconcilers: Mapping[str, Reconciler], metrics: Metrics, backoff: Backoff
    ) -> None:
        self._queue = queue
        self._reconcilers = reconcilers
        self._metrics = metrics
        self._backoff = backoff

    async def run(self, concurrency: int) -> None:
        """Run until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(concurrency):
                group.create_task(self._loop())

    async def _loop(self) -> None:
        while True:
            await self.work(await self._queue.take())

    async def work(self, key: ObjectRef) -> None:
        """Reconcile one key; nothing that goes wrong with it reaches another."""
        started, result = time.perf_counter(), "success"
        with structlog.contextvars.bound_contextvars(kind=key.kind, namespace=key.namespace, name=key.name):
            try:
                await self._reconcilers[key.kind].reconcile(key)
            except Conflict as error:
                # Somebody was faster: the ordinary course of things, tried again without a word.
                result = "conflict"
                logger.debug("conflict", error=str(error))
                self._retry(key)
            except OperatorError as error:
                result = "error"
                self._failed(key, type(error).__name__)
                logger.warning("reconcile failed", **_how(error, started))
            except Exception as error:  # the edge of all reconciles: a bug in one must not stop the others
                result = "error"
                self._failed(key, type(error).__name__)
                logger.exception("reconcile broke", **_how(error, started))
            else:
                self._backoff.succeed(key)
                logger.debug("reconciled", seconds=round(time.perf_counter() - started, 4))
            finally:
                self._metrics.duration.labels(key.kind, result).observe(time.perf_counter() - started)
                self._queue.done(key)

    def _failed(self, key: ObjectRef, reason: str) -> None:
        self._metrics.errors.labels(key.kind, reason).inc()
        self._retry(key)

    def _retry(self, key: ObjectRef) -> None:
        self._queue.add_after(key, self._backoff.fail(key))


def _how(error: Exception, started: float) -> dict[str, object]:
    """Say how a reconcile failed; only errors of our own are quoted, others may repeat what they were given."""
    words = {"error": str(error)} if isinstance(error, OperatorError) else {}
    return {"reason": type(error).__name__, "seconds": round(time.perf_counter() - started, 4), **words}
