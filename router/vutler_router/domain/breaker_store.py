"""The port through which router processes tell each other what is not to be asked, and its version in memory."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

__all__ = [
    "KEPT",
    "MOST_RECORDS",
    "BreakerRecord",
    "BreakerStore",
    "FailureKind",
    "InMemoryBreakerStore",
    "stored_time",
]

KEPT: Final = timedelta(hours=1)
"""How long a record is of use once it no longer keeps requests away: longer than any outage of the database in which
an opening that is long over could wait to be written."""

MOST_RECORDS: Final = 10_000
"""Records given out, the newest; a process remembers no more breakers than that."""


class FailureKind(StrEnum):
    """What a refusal is, wherever it is given."""

    PERMANENT = "permanent"
    """The caller's settings have to change."""

    PASSING = "passing"
    """It passes with time."""


@dataclass(frozen=True, slots=True)
class BreakerRecord:
    """How one process left a breaker: open, or closed again. It holds no secret.

    All times are UTC in whole milliseconds, by the clock of the process that wrote it.

    Attributes:
        credential: A hash; it tells keys and addresses apart.
        changed_at: Orders the records of one breaker, the greatest is the newest; see `BreakerSharing`.
        failures: In a row.
        reason: What went wrong last, in our words.
        code: The same for programs.
        opened_at: Since when it is open; None when closed.
        reopens_at: When the next request gets through; None when closed.
    """

    provider: str
    model: str
    credential: str
    changed_at: datetime
    failures: int = 0
    reason: str = ""
    code: str = ""
    kind: FailureKind = FailureKind.PASSING
    opened_at: datetime | None = None
    reopens_at: datetime | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """Whose record it is: provider, model, credential."""
        return self.provider, self.model, self.credential

    @property
    def expires_at(self) -> datetime:
        """When nobody needs it any more. A closing is kept too, so that no older opening comes back."""
        return (self.reopens_at or self.changed_at) + KEPT


class BreakerStore(Protocol):
    """Keeps the newest record of each breaker.

    Every method raises `StorageError` when the database does not answer in time.
    """

    async def version(self) -> int:
        """Return a number that grows after every change by any process; cheap enough to ask every second."""
        ...

    def records(self) -> AsyncIterator[BreakerRecord]:
        """Give out the newest `MOST_RECORDS`, each made when it is asked for, so that many do not hold up the rest."""
        ...

    async def put(self, records: Collection[BreakerRecord]) -> None:
        """Keep records, one for each breaker; where one as new or newer is kept already, that one stays."""
        ...

    async def remove_expired(self, now: datetime) -> None:
        """Forget what expired before `now`; the version stays, for nobody has to learn of it."""
        ...


class InMemoryBreakerStore:
    """Records of this process alone, for tests and trying things out."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str, str], BreakerRecord] = {}
        self._version = 0

    async def version(self) -> int:
        """See `BreakerStore.version`."""
        return self._version

    async def records(self) -> AsyncIterator[BreakerRecord]:
        """See `BreakerStore.records`."""
        newest_first = sorted(self._records.values(), key=lambda record: record.changed_at, reverse=True)
        for record in newest_first[:MOST_RECORDS]:
            yield record

    async def put(self, records: Collection[BreakerRecord]) -> None:
        """See `BreakerStore.put`."""
        for record in records:
            kept = self._records.get(record.key)
            if kept is None or kept.changed_at < record.changed_at:
                self._records[record.key] = record
        self._version += 1

    async def remove_expired(self, now: datetime) -> None:
        """See `BreakerStore.remove_expired`."""
        self._records = {key: record for key, record in self._records.items() if record.expires_at >= now}


def stored_time(moment: datetime) -> datetime:
    """Cut a time to whole milliseconds, which is what databases keep, so that every process shows the same."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
