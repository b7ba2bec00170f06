"""Compares usage rows with what is added up from them, and mends what is not right, while routers keep serving."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from typing_extensions import override

from vutler_router.metering.audit import DayLine, LedgerAudit, MonthLine, WriterLine
from vutler_router.metering.overage import AgentMonth
from vutler_router.metering.totals import DayKey
from vutler_router.services.differences import Difference, Outcome, difference_of

__all__ = ["RECENT_DAYS", "Reconciliation", "Reconciling"]

RECENT_DAYS: Final = 35
"""Days looked at unless told otherwise: a month and what came late for it."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What a comparison brought.

    Attributes:
        days: Days with rows or totals.
        totals: Day totals compared.
        months: Agents' months compared.
        writers: Writers compared.
        differences: What did not agree, even at a second look.
    """

    days: int
    totals: int
    months: int
    writers: int
    differences: tuple[Difference, ...]

    @property
    def left(self) -> int:
        """How many differences are still there."""
        return sum(difference.outcome is not Outcome.MENDED for difference in self.differences)

    @override
    def __str__(self) -> str:
        found = len(self.differences)
        return (
            f"{self.days} days, {self.totals} day totals, {self.months} months of agents, {self.writers} writers: "
            f"{found} differences, {found - self.left} mended, {self.left} left"
        )


@dataclass(slots=True)
class _Doubtful:
    """What differed when it was last looked at."""

    days: dict[DayKey, DayLine] = field(default_factory=dict)
    months: dict[AgentMonth, MonthLine] = field(default_factory=dict)
    writers: dict[str, WriterLine] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.days) + len(self.months) + len(self.writers)


class Reconciling:
    """Compares day totals, months' meters, overage records and writers with the rows, which are the truth.

    Args:
        audit: What lays both sides beside each other.
        pause: Waits a moment, in which a router finishes what it was just writing.
        progress: Told in words how far the work is.
    """

    def __init__(
        self, audit: LedgerAudit, pause: Callable[[], Awaitable[None]], progress: Callable[[str], None]
    ) -> None:
        self._audit = audit
        self._pause = pause
        self._progress = progress

    async def run(self, first: date, last: date, *, repair: bool) -> Reconciliation:
        """Compare the days from first to last, both included, their whole months and all writers.

        Args:
            first: The first day, in UTC.
            last: The last one.
            repair: Whether to mend what is not right, as far as rows tell.

        Raises:
            StorageError: The database failed; what is mended stays so, and another run does the rest.
        """
        days, months = await self._audit.days(first, last), _months(first, last)
        doubtful, totals, uses = _Doubtful(), 0, 0
        for number, day in enumerate(days, 1):
            lines = await self._audit.day_lines(day)
            doubtful.days |= {line.key: line for line in lines if line.differs}
            totals += len(lines)
            self._progress(f"{day}: {len(lines)} day totals compared ({number} of {len(days)} days).")
        for month in months:
            used = await self._audit.month_lines(month)
            doubtful.months |= {_agent_month(line): line for line in used if line.differs}
            uses += len(used)
            self._progress(f"{month}: the months of {len(used)} agents compared.")
        writers = await self._audit.writer_lines()
        doubtful.writers |= {line.writer: line for line in writers if line.differs}
        self._progress(f"{len(writers)} writers compared.")
        differences = await self._judge(doubtful, repair=repair)
        return Reconciliation(len(days), totals, uses, len(writers), tuple(differences))

    async def _judge(self, doubtful: _Doubtful, *, repair: bool) -> list[Difference]:
        """Look again at what differed, and mend what still does."""
        if not doubtful:
            return []
        self._progress(f"{len(doubtful)} things differ; looking again in a moment.")
        await self._pause()
        doubtful = await self._again(doubtful)
        if repair:
            return await self._mend(doubtful)
        return [
            *map(difference_of, doubtful.days.values()),
            *map(difference_of, doubtful.months.values()),
            *map(difference_of, doubtful.writers.values()),
        ]

    async def _again(self, before: _Doubtful) -> _Doubtful:
        """Return what still differs, as it is now."""
        now = _Doubtful()
        for day in sorted({key.day for key in before.days}):
            lines = await self._audit.day_lines(day)
            now.days |= {line.key: line for line in lines if line.differs and line.key in before.days}
        for month in sorted({key.month for key in before.months}):
            uses = await self._audit.month_lines(month)
            now.months |= {key: line for line in uses if line.differs and (key := _agent_month(line)) in before.months}
        if before.writers:
            now.writers = {
                line.writer: line
                for line in await self._audit.writer_lines()
                if line.writer in before.writers and line.still_differs_from(before.writers[line.writer])
            }
        return now

    async def _mend(self, doubtful: _Doubtful) -> list[Difference]:
        """Finish batches, which changes what totals should be, and then let everything say what the rows say."""
        writers = [await self._mend_writer(line) for line in doubtful.writers.values()]
        if any(difference.outcome is Outcome.MENDED for difference in writers):
            doubtful = await self._again(doubtful)
        days = [_mended(line, done=await self._audit.mend_day(line)) for line in doubtful.days.values()]
        months = [_mended(line, done=await self._audit.mend_month(line)) for line in doubtful.months.values()]
        return [*days, *months, *writers]

    async def _mend_writer(self, line: WriterLine) -> Difference:
        """Finish a writer's batch; rows that are missing are not to be had anywhere."""
        difference = difference_of(line)
        if not line.begun or line.miscounted:
            return difference
        return difference.with_outcome(Outcome.MENDED if await self._audit.finish(line) else Outcome.MOVED)


def _mended(line: DayLine | MonthLine, *, done: bool) -> Difference:
    return difference_of(line).with_outcome(Outcome.MENDED if done else Outcome.MOVED)


def _agent_month(line: MonthLine) -> AgentMonth:
    return AgentMonth(line.rows.agent_id, line.rows.month)


def _months(first: date, last: date) -> Sequence[str]:
    """Return the calendar months that these days touch."""
    day, found = first.replace(day=1), []
    while day <= last:
        found.append(f"{day.year:04}-{day.month:02}")
        day = (day + timedelta(days=32)).replace(day=1)
    return found
