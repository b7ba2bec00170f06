"""How one of several router processes takes on a piece of work, and another when that one dies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

__all__ = ["Claim", "ClaimStore"]


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do a piece of work until some time.

    Attributes:
        work: What, by an id of at most 300 characters.
        number: 1 for the first claim on this work, one more for each that followed.
    """

    work: str
    number: int


class ClaimStore(Protocol):
    """Gives each piece of work to one process at a time.

    Every method raises `StorageError` when the database does not answer in time.
    """

    async def take(self, work: str, *, now: datetime, until: datetime) -> Claim | None:
        """Reserve work; None while somebody else's claim lasts. Of those who try at once, one gets it."""
        ...

    async def extend(self, claim: Claim, until: datetime) -> None:
        """Let one's own claim end at another time; later while working, or when the work is to be tried again."""
        ...

    async def held(self, works: Sequence[str], now: datetime) -> frozenset[str]:
        """Return those of these that somebody has claimed."""
        ...

    async def forget(self, before: datetime) -> None:
        """Drop claims that ended before some time, long after their work was done."""
        ...
