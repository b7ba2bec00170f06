"""Claims on work, in MongoDB."""

from collections.abc import Sequence
from datetime import datetime

from bson import Int64
from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError

from vutler_router.domain.claim_store import Claim
from vutler_router.storage.mongo.connection import Database, storage_errors
from vutler_router.storage.mongo.numbers import number_in

__all__ = ["MongoClaimStore"]


class MongoClaimStore:
    """See `ClaimStore`.

    What must happen once is the insert of an id that was free: FerretDB v1 lets several processes through the guard of
    an update at once. So each claim is a document of its own, numbered within its work.
    """

    def __init__(self, database: Database) -> None:
        self._claims = database.work_claims

    async def take(self, work: str, *, now: datetime, until: datetime) -> Claim | None:
        """See `ClaimStore.take`."""
        with storage_errors():
            last = await self._claims.find_one({"work": work}, sort=[("number", DESCENDING)])
            ends = last["until"] if last is not None else None
            if isinstance(ends, datetime) and ends > now:
                return None
            number = number_in(last or {}, "number") + 1
            claim = {"_id": f"{work}/{number}", "work": work, "number": Int64(number), "until": until}
            try:
                await self._claims.insert_one(claim)
            except DuplicateKeyError:
                return None
        return Claim(work, number)

    async def extend(self, claim: Claim, until: datetime) -> None:
        """See `ClaimStore.extend`."""
        with storage_errors():
            await self._claims.update_one({"_id": f"{claim.work}/{claim.number}"}, {"$set": {"until": until}})

    async def held(self, works: Sequence[str], now: datetime) -> frozenset[str]:
        """See `ClaimStore.held`."""
        if not works:
            return frozenset()
        with storage_errors():
            found = await self._claims.find({"work": {"$in": list(works)}, "until": {"$gt": now}}).to_list()
        return frozenset(str(claim["work"]) for claim in found)

    async def forget(self, before: datetime) -> None:
        """See `ClaimStore.forget`."""
        with storage_errors():
            if await self._claims.find_one({"until": {"$lt": before}}) is not None:
                await self._claims.delete_many({"until": {"$lt": before}})
