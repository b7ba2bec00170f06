"""What agents used of their months so far, in MongoDB, moved in order by several processes at once."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Final

from bson import Int64
from pymongo import UpdateOne

from vutler_router.errors import StorageError
from vutler_router.metering.batches import Batch
from vutler_router.metering.overage import AgentMonth
from vutler_router.storage.mongo.connection import Database, Document, insert_missing
from vutler_router.storage.mongo.guarded import applied, unapplied, write_all
from vutler_router.storage.mongo.numbers import number_in

__all__ = ["MonthMeters", "meter_document", "meter_id"]

_MADE_AT_ONCE: Final = 1_000
_MOST_ROUNDS: Final = 50
"""Attempts to move meters that others move too. One of those who try gets through in every round."""


class MonthMeters:
    """Counts the plan tokens of agents' months, so that every batch knows what was used before it.

    A meter remembers of each writer the batch it was last moved by, and where it stood before. A batch that comes again
    finds itself there and gets the same answer. Every method lets the driver's errors through.
    """

    def __init__(self, database: Database) -> None:
        self._meters = database.usage_monthly
        self._totals = database.usage_daily

    async def read(self, keys: Collection[AgentMonth]) -> dict[AgentMonth, int]:
        """Return where meters stand; those that do not exist yet are made and stand at zero."""
        found = await self._find(keys)
        missing = [key for key in keys if key not in found]
        if missing:
            await insert_missing(self._meters, [meter_document(key, 0) for key in missing])
            found.update(await self._find(missing))
        return {key: number_in(document, "tokens") for key, document in found.items()}

    async def move(
        self, batch: Batch, use: Mapping[AgentMonth, int], expected: Mapping[AgentMonth, int]
    ) -> dict[AgentMonth, int]:
        """Add a batch's use to the meters and return where they stood before it.

        Args:
            batch: Who moves them.
            use: Tokens to add.
            expected: Where the meters are thought to stand.

        Raises:
            StorageError: The server refused, or others were faster all the time; move them again.
        """
        before: dict[AgentMonth, int] = {}
        pending, stand = dict(use), dict(expected)
        for _ in range(_MOST_ROUNDS):
            moves = [_move(batch, key, stand[key], tokens) for key, tokens in pending.items()]
            if not moves or await write_all(self._meters, moves) == len(moves):
                return before | {key: stand[key] for key in pending}
            for key, document in (await self._find(pending)).items():
                stand[key] = number_in(document, "tokens")
                if number_in(document, "applied", batch.writer) >= batch.number:
                    before[key] = number_in(document, "before", batch.writer)
                    del pending[key]
        raise StorageError("Other routers add to the same agents' months all the time; trying again.", retry_after=1)

    async def begin_with_totals(self) -> None:
        """Make the meters of months that a router counted in days alone; those that exist stay as they are."""
        used: defaultdict[AgentMonth, int] = defaultdict(int)
        totals = self._totals.find({"plan_tokens": {"$gt": Int64(0)}}, {"agent_id": 1, "day": 1, "plan_tokens": 1})
        async for total in totals:
            month = str(total["day"])[: len("2026-11")]
            used[AgentMonth(str(total["agent_id"]), month)] += number_in(total, "plan_tokens")
        meters = [meter_document(key, tokens) for key, tokens in used.items()]
        for start in range(0, len(meters), _MADE_AT_ONCE):
            await insert_missing(self._meters, meters[start : start + _MADE_AT_ONCE])

    async def _find(self, keys: Collection[AgentMonth]) -> dict[AgentMonth, Document]:
        names = {meter_id(key): key for key in keys}
        found = await self._meters.find({"_id": {"$in": list(names)}}).to_list()
        return {names[str(document["_id"])]: document for document in found}


def meter_id(key: AgentMonth) -> str:
    """Name a month of an agent so that no two share a name."""
    return json.dumps(key)


def meter_document(key: AgentMonth, tokens: int) -> Document:
    """Write a meter that no batch has moved."""
    return {"_id": meter_id(key), **key._asdict(), "tokens": Int64(tokens), "applied": {}, "before": {}}


def _move(batch: Batch, key: AgentMonth, stands: int, tokens: int) -> UpdateOne:
    """Move a meter from where it stands, unless this batch did so already."""
    return UpdateOne(
        {"_id": meter_id(key), "tokens": Int64(stands), **unapplied(batch)},
        {"$set": {"tokens": Int64(stands + tokens), f"before.{batch.writer}": Int64(stands), **applied(batch)}},
    )
