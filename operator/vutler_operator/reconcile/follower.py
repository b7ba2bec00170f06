"""Follows what the operator made: a watch for each kind, from the version at which it was read, so nothing is missed.

kopf watches what people make. For children it would keep some kilobytes of state for each object and take a
millisecond for each event, of which there are twenty an agent until it is ready (measured, see docs/benchmarks.md).
"""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final, NoReturn, Protocol

import structlog
from prometheus_client import Counter

from vutler_operator.errors import ClusterError, Expired
from vutler_operator.reconcile.intake import Intake
from vutler_operator.reconcile.resync import CHILDREN_AND_PODS, MANAGED, USERS_TOO, Resync
from vutler_operator.resources.objects import Kind, Manifest

__all__ = ["Follower", "Watcher"]

_SECONDS: Final = (300, 600)
"""How long a watch lasts; a different time each, so that a thousand do not come back at once."""
_RETRY_SECONDS: Final = 1.0
_LONGEST_RETRY_SECONDS: Final = 30.0

logger = structlog.get_logger(__name__)


class Watcher(Protocol):
    """Watches a collection."""

    def watch(
        self, kind: Kind, namespace: str, *, labels: str, version: str, seconds: int
    ) -> AsyncGenerator[tuple[str, Manifest], None]:
        """Yield types of events and objects."""
        ...


class Follower:
    """Hands every event of children and pods to the intake."""

    def __init__(self, watcher: Watcher, resync: Resync, intake: Intake, seen: Counter) -> None:
        self._watcher = watcher
        self._resync = resync
        self._intake = intake
        self._seen = seen

    async def run(self, namespaces: tuple[str, ...]) -> None:
        """Follow until cancelled; everything was read before.

        Args:
            namespaces: where; none: the whole cluster.
        """
        async with asyncio.TaskGroup() as group:
            for namespace in namespaces or ("",):
                for kind in CHILDREN_AND_PODS:
                    group.create_task(self._follow(kind, namespace))

    async def _follow(self, kind: Kind, namespace: str) -> NoReturn:
        version, pause = self._resync.version(kind, namespace), _RETRY_SECONDS
        while True:
            try:
                async with aclosing(self._hear(kind, namespace, version)) as heard:
                    async for reached in heard:
                        version, pause = reached, _RETRY_SECONDS
            except Expired:
                version = await self._read_again(kind, namespace) or version
            except ClusterError as error:
                logger.warning("a watch broke", resource=kind.plural, error=str(error))
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311  spreads load, guards nothing
            pause = min(2 * pause, _LONGEST_RETRY_SECONDS)

    async def _hear(self, kind: Kind, namespace: str, version: str) -> AsyncGenerator[str, None]:
        """Take in what happens from a version on, and yield each version that was reached."""
        labels = "" if kind in USERS_TOO else MANAGED
        seconds = random.randint(*_SECONDS)  # noqa: S311
        events = self._watcher.watch(kind, namespace, labels=labels, version=version, seconds=seconds)
        async with aclosing(events) as heard:
            async for happened, obj in heard:
                if happened != "BOOKMARK":
                    self._seen.labels(kind.kind, happened).inc()
                    self._intake.hear(happened, obj)
                yield str(obj["metadata"]["resourceVersion"])

    async def _read_again(self, kind: Kind, namespace: str) -> str:
        """Read a kind whose watch cannot go on; return the version to go on from, empty if that failed as well."""
        try:
            await self._resync.read_children(kind, namespace)
        except ClusterError as error:
            logger.warning("a kind cannot be read again", resource=kind.plural, error=str(error))
            return ""
        return self._resync.version(kind, namespace)
