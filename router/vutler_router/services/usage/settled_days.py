"""Remembers what past days came to, so that a summary that is asked for every few seconds reads today alone."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from typing_extensions import override

from vutler_router.metering.totals import CrossReader, Dimension, Sums, UsageLine, UsageTotal

__all__ = ["SettledDays"]

_GRACE: Final = timedelta(hours=1)
"""How long after its end a day is still read: its last rows are on their way."""

_FRESH: Final = timedelta(minutes=5)
"""How long what is remembered holds. A row that comes hours late, after an outage, shows after so long at most."""

_MOST: Final = 64
"""Questions remembered; the one that was read longest ago goes first."""


@dataclass(frozen=True, slots=True)
class _Question:
    """What was asked of days that are over."""

    by: tuple[Dimension, ...]
    first: date
    last: date
    workspace_id: str | None


@dataclass(frozen=True, slots=True)
class _Answer:
    """What they came to, and when it was read."""

    lines: Sequence[UsageLine]
    read_at: datetime


class SettledDays(CrossReader):
    """See `CrossReader`. Questions about one agent are cheap and always read.

    Args:
        reader: What reads day totals.
        now: The time, UTC.
    """

    def __init__(self, reader: CrossReader, now: Callable[[], datetime]) -> None:
        self._reader = reader
        self._now = now
        self._answers: dict[_Question, _Answer] = {}
        self._reading = asyncio.Lock()

    @override
    async def totals(
        self, by: Dimension, first: date, last: date, *, agent_id: str | None = None, workspace_id: str | None = None
    ) -> Sequence[UsageTotal]:
        """See `UsageReader.totals`."""
        found = await self.lines((by,), first, last, agent_id=agent_id, workspace_id=workspace_id)
        return [UsageTotal(line.keys[0], line.sums) for line in found]

    @override
    async def lines(
        self,
        by: Sequence[Dimension],
        first: date,
        last: date,
        *,
        agent_id: str | None = None,
        workspace_id: str | None = None,
    ) -> Sequence[UsageLine]:
        """See `CrossReader.lines`."""
        now = self._now()
        settled = min(last, (now.astimezone(UTC) - _GRACE).date() - timedelta(days=1))
        if agent_id is not None or settled < first:
            return await self._reader.lines(by, first, last, agent_id=agent_id, workspace_id=workspace_id)
        past = await self._past(_Question(tuple(by), first, settled, workspace_id), now)
        if settled == last:
            return past
        rest = await self._reader.lines(by, settled + timedelta(days=1), last, workspace_id=workspace_id)
        return _added(past, rest)

    async def _past(self, question: _Question, now: datetime) -> Sequence[UsageLine]:
        """Return what is remembered, or read it; never twice at a time, for it may be much."""
        async with self._reading:
            known = self._answers.pop(question, None)
            if known is None or not timedelta(0) <= now - known.read_at < _FRESH:
                asked = question
                lines = await self._reader.lines(asked.by, asked.first, asked.last, workspace_id=asked.workspace_id)
                known = _Answer(lines, now)
                while len(self._answers) >= _MOST:
                    del self._answers[next(iter(self._answers))]
            self._answers[question] = known
            return known.lines


def _added(past: Sequence[UsageLine], rest: Sequence[UsageLine]) -> Sequence[UsageLine]:
    """Add up line by line, ordered by keys."""
    sums = {line.keys: line.sums for line in past}
    for line in rest:
        sums[line.keys] = sums.get(line.keys, Sums()) + line.sums
    return [UsageLine(keys, sums[keys]) for keys in sorted(sums)]
