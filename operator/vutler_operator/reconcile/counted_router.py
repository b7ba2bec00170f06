"""Times what the router is asked, and counts how it answers."""

import time
from collections.abc import Awaitable, Mapping
from typing import TypeVar

from prometheus_client import Histogram
from pydantic import JsonValue

from vutler_operator.errors import RouterError, RouterUnreachable
from vutler_operator.reconcile.router_sync import Router
from vutler_operator.router_client import KeyTrouble, RouterRecord, UsageSummary

__all__ = ["CountedRouter"]

Answer = TypeVar("Answer")


class CountedRouter:
    """A router whose answers are counted by operation and result: `ok`, `refused` or `unreachable`."""

    def __init__(self, router: Router, seconds: Histogram) -> None:
        self._router = router
        self._seconds = seconds

    async def list_agents(self) -> dict[str, RouterRecord]:
        """Return all agents the router knows."""
        return await self._timed("list", self._router.list_agents())

    async def put_agent(self, identifier: str, record: Mapping[str, JsonValue]) -> None:
        """Write one agent."""
        await self._timed("put", self._router.put_agent(identifier, record))

    async def delete_agent(self, identifier: str) -> None:
        """Remove one agent."""
        await self._timed("delete", self._router.delete_agent(identifier))

    async def usage(self) -> UsageSummary:
        """Return this month's usage."""
        return await self._timed("usage", self._router.usage())

    async def key_troubles(self) -> tuple[KeyTrouble, ...]:
        """Return the users' keys that are refused now."""
        return await self._timed("key_troubles", self._router.key_troubles())

    async def _timed(self, operation: str, answer: Awaitable[Answer]) -> Answer:
        started, result = time.perf_counter(), "ok"
        try:
            return await answer
        except RouterError as error:
            result = "unreachable" if isinstance(error, RouterUnreachable) else "refused"
            raise
        finally:
            self._seconds.labels(operation, result).observe(time.perf_counter() - started)
