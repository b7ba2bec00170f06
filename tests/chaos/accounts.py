"""One request as everybody tells it: its caller, the providers, the books."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from tests.chaos.callers import Seen
from tests.chaos.fates import Fate
from tests.chaos.router import Absence
from tests.chaos.upstream import Attempt, Outcome

__all__ = ["Account", "Record", "hit"]

_AROUND_SECONDS = 0.5
"""A connection that a kill broke is noticed a little later, and a row is written a little after its answer's end."""

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Account:
    """What each side says.

    Attributes:
        attempts: What the providers saw, in order.
        rows: What the books have.
        killed: Whether the router was killed in its time, or was not yet back.
    """

    seen: Seen
    fate: Fate
    attempts: Sequence[Attempt]
    rows: Sequence[Record]
    killed: bool

    @property
    def number(self) -> int:
        """Its number."""
        return self.seen.number

    @property
    def row(self) -> Record | None:
        """Its row, if it has one."""
        return self.rows[0] if self.rows else None

    @property
    def answered(self) -> bool:
        """Whether a provider answered it, if only in part."""
        return any(attempt.answered for attempt in self.attempts)

    def outcomes(self, provider: str) -> set[Outcome]:
        """Return what became of the attempts at one provider."""
        return {attempt.outcome for attempt in self.attempts if attempt.provider == provider}

    @property
    def whole(self) -> Sequence[Attempt]:
        """The attempts that were answered to the last byte."""
        return [attempt for attempt in self.attempts if attempt.outcome is Outcome.WHOLE]

    @override
    def __str__(self) -> str:
        seen = self.seen
        told = f"caller: {seen.sight}, status {seen.status}, id {seen.request_id or 'unknown'}"
        attempts = ", ".join(f"{attempt.provider} {attempt.outcome}" for attempt in self.attempts)
        rows = ", ".join(_named(row) for row in self.rows)
        kill = "; the router was killed meanwhile" if self.killed else ""
        return f"request {self.number} ({told}; providers: {attempts or 'never asked'}; rows: {rows or 'none'}{kill})"


def hit(seen: Seen, attempts: Iterable[Attempt], absences: Iterable[Absence]) -> bool:
    """Whether the router was killed, or not yet back, in a request's time as its caller and its providers saw it."""
    begun = min([seen.begun, *(attempt.begun for attempt in attempts)]) - _AROUND_SECONDS
    ended = max([seen.ended, *(attempt.ended for attempt in attempts)]) + _AROUND_SECONDS
    return any(begun <= absence.back and absence.killed <= ended for absence in absences)


def _named(row: Record) -> str:
    names = ("request_id", "status", "provider", "tokens_input", "tokens_output", "usage_source")
    return " ".join(str(row[name]) for name in names)
