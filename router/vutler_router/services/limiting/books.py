"""What an agent used this month by the books, which know what this process never saw."""

from collections.abc import Callable
from datetime import datetime

from vutler_router.fairuse.changes import Books
from vutler_router.fairuse.months import Spent, month_of
from vutler_router.metering.totals import Dimension, Sums, UsageReader

__all__ = ["BooksReader"]


class BooksReader:
    """Reads day totals."""

    def __init__(self, usage: UsageReader, now: Callable[[], datetime]) -> None:
        self._usage = usage
        self._now = now

    async def of(self, agent_id: str) -> Books:
        """Return one agent's month so far. Raises `StorageError`."""
        now = self._now()
        lines = await self._usage.totals(Dimension.AGENT, now.date().replace(day=1), now.date(), agent_id=agent_id)
        sums = sum((line.sums for line in lines), Sums())
        spent = Spent(sums.tokens_total, sums.plan_tokens, sums.cost_total)
        return Books(month_of(now.timestamp()), spent, int(now.timestamp()))
