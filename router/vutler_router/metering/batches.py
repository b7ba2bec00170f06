"""The port behind which usage rows are kept, and the batches it takes them in."""

from dataclasses import dataclass
from typing import Protocol

from vutler_router.metering.ledger import Entry

__all__ = ["Batch", "LedgerStore"]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that are written together, with an identity that survives repetition.

    A batch whose fate is unknown (a timeout, a crash) is appended again as it is: same writer, same number, same
    entries. That is what lets a database without transactions keep rows and day totals in step. A writer appends its
    batches in the order of their numbers and begins the next only when the one before is known to be written.

    Attributes:
        writer: Unique to one journal, which outlives the process that writes it; letters, digits and hyphens.
        number: Counts up from 1 within the writer.
        entries: Each request id once.
        answered: Answers that this writer had counted when the batch was closed, beside its rows: should every one
            have its row, it is the number of all rows up to here.
    """

    writer: str
    number: int
    entries: tuple[Entry, ...]
    answered: int = 0


class LedgerStore(Protocol):
    """Keeps rows and day totals in a database."""

    async def append(self, batch: Batch) -> None:
        """Keep a batch's rows and add those that are new to the day totals; a repetition changes nothing.

        Raises:
            StorageError: The database did not confirm it in time; append the same batch again.
        """
        ...
