"""The port that lays what is kept about use beside what its rows say, so that it can be checked and mended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from vutler_router.metering.overage import MonthUse
from vutler_router.metering.totals import DayKey, Sums

__all__ = ["DayLine", "LedgerAudit", "MonthLine", "WriterLine"]


@dataclass(frozen=True, slots=True)
class DayLine:
    """A day total beside its rows.

    Attributes:
        key: What the total is kept by.
        rows: What the rows add up to that the total should hold.
        total: What it holds; None when there is none.
    """

    key: DayKey
    rows: Sums
    total: Sums | None

    @property
    def differs(self) -> bool:
        """Whether the total is wrong; one of no rows may be missing."""
        return self.rows != (self.total or Sums())


@dataclass(frozen=True, slots=True)
class MonthLine:
    """An agent's month beside its rows.

    Attributes:
        rows: What the rows say that the month's meter and the overage record should hold.
        kept: What these hold.
    """

    rows: MonthUse
    kept: MonthUse

    @property
    def differs(self) -> bool:
        """Whether the meter or the record is wrong."""
        return self.rows != self.kept


@dataclass(frozen=True, slots=True)
class WriterLine:
    """What a writer counted beside the rows it brought.

    Attributes:
        writer: See `Batch`.
        answered: Answers that its router had counted when its last batch was closed.
        counted: Rows that its batches brought, as counted at the time.
        found: Rows of those batches that are there.
        begun: The number of a batch that was begun and is not done; 0 without one.
    """

    writer: str
    answered: int
    counted: int
    found: int
    begun: int = 0

    @property
    def miscounted(self) -> bool:
        """Whether rows are missing, or are there that nobody counted."""
        return not self.answered == self.counted == self.found

    @property
    def differs(self) -> bool:
        """Whether anything is not as it should be once the writer is at rest."""
        return self.miscounted or bool(self.begun)

    def still_differs_from(self, before: "WriterLine") -> bool:
        """Whether this later line still is not as it should be; a batch under way is another one by now."""
        return self.miscounted or (bool(self.begun) and self.begun == before.begun)


class LedgerAudit(Protocol):
    """Compares rows with what is added up from them, while routers write.

    Both sides of a line are of one moment: what a router is writing meanwhile is in both or in neither. Every method
    raises `StorageError` when the database does not answer in time.
    """

    async def days(self, first: date, last: date) -> Sequence[date]:
        """Return the days from first to last that have rows or totals, in order."""
        ...

    async def day_lines(self, day: date) -> Sequence[DayLine]:
        """Return a line for every total of a day and for every total that its rows ask for."""
        ...

    async def month_lines(self, month: str) -> Sequence[MonthLine]:
        """Return a line for every agent with a meter, an overage record or plan tokens in a month (`2026-11`)."""
        ...

    async def writer_lines(self) -> Sequence[WriterLine]:
        """Return a line for every writer."""
        ...

    async def finish(self, line: WriterLine) -> bool:
        """Do what is left of a batch whose writer stopped in the middle; say whether there was anything to do."""
        ...

    async def mend_day(self, line: DayLine) -> bool:
        """Let a total say what its rows say, if it still is what the line says; say whether it did."""
        ...

    async def mend_month(self, line: MonthLine) -> bool:
        """Let a meter and an overage record say what the rows say, if they still are what the line says."""
        ...
