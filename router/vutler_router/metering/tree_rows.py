"""What the requests of a tree of asks used, and the port that reads it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

__all__ = ["MOST_ROWS", "TreeRow", "TreeRowReader"]

MOST_ROWS: Final = 10_000
"""Rows that are read at once; a tree of more is shown without the rest."""


@dataclass(frozen=True, slots=True)
class TreeRow:
    """One answered request in the course of an ask. Money in 1e-9 USD; see `Entry`."""

    tree_id: str
    agent_id: str
    provider: str
    model: str
    tokens_input: int
    tokens_output: int
    cost_total: int
    price_total: int
    priced: bool
    timestamp: datetime


class TreeRowReader(Protocol):
    """Finds the rows of trees."""

    async def of_trees(self, tree_ids: Collection[str]) -> Sequence[TreeRow]:
        """Return the rows of these trees, the oldest first, at most `MOST_ROWS`.

        Raises:
            StorageError: The database does not answer in time.
        """
        ...
