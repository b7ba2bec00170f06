"""Alerts in MongoDB."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bson import Int64
from pymongo.errors import DuplicateKeyError

from vutler_router.domain.alert_store import MOST_DUE, Alert
from vutler_router.storage.alert_records import ALERT_NAMES, alert_from_object, alert_values
from vutler_router.storage.mongo.connection import Database, Document, insert_missing, storage_errors

__all__ = ["MongoAlertStore"]


_CLAIMS_KEPT: Final = timedelta(days=2)
"""Longer than an alert is tried, so that a claim is never taken twice."""


class MongoAlertStore:
    """See `AlertStore`.

    What must happen once is the insert of an id that was free. A guarded update would do on MongoDB, but FerretDB v1
    lets several processes through the guard at once. So claims are documents of their own, numbered for each alert.
    """

    def __init__(self, database: Database) -> None:
        self._alerts = database.alerts
        self._claims = database.alert_claims

    async def add_new(self, alerts: Sequence[Alert]) -> Sequence[Alert]:
        """See `AlertStore.add_new`."""
        if not alerts:
            return ()
        with storage_errors():
            known = await insert_missing(self._alerts, [_document(alert) for alert in alerts])
        return [alert for alert in alerts if alert.id not in known]

    async def of_month(self, month: str, *, workspace_id: str | None = None) -> Sequence[Alert]:
        """See `AlertStore.of_month`."""
        wanted: Document = {"month": month}
        if workspace_id is not None:
            wanted["workspace_id"] = workspace_id
        with storage_errors():
            found = await self._alerts.find(wanted).sort([("raised_at", 1), ("_id", 1)]).to_list()
        return [alert_from_object(document) for document in found]

    async def undelivered(self, now: datetime, *, raised_after: datetime) -> Sequence[Alert]:
        """See `AlertStore.undelivered`."""
        with storage_errors():
            claimed = [claim["alert_id"] for claim in await self._claims.find({"until": {"$gt": now}}).to_list()]
            wanted: Document = {
                "_id": {"$nin": claimed},
                "delivered_at": None,
                "raised_at": {"$gt": raised_after, "$lte": now},
            }
            found = await self._alerts.find(wanted).sort([("raised_at", 1), ("_id", 1)]).limit(MOST_DUE).to_list()
        return [alert_from_object(document) for document in found]

    async def claim(self, alert_id: str, *, now: datetime, until: datetime) -> bool:
        """See `AlertStore.claim`."""
        due: Document = {"_id": alert_id, "delivered_at": None, "raised_at": {"$lte": now}}
        with storage_errors():
            claims = await self._claims.find({"alert_id": alert_id}, {"until": 1}).to_list()
            if any(_lasts(claim, now) for claim in claims) or await self._alerts.find_one(due, {"_id": 1}) is None:
                return False
            claim: Document = {"_id": f"{alert_id}/{len(claims)}", "alert_id": alert_id, "until": until}
            try:
                await self._claims.insert_one(claim)
            except DuplicateKeyError:
                return False
        return True

    async def mark_delivered(self, alert_id: str, now: datetime) -> None:
        """See `AlertStore.mark_delivered`."""
        with storage_errors():
            await self._alerts.update_one({"_id": alert_id, "delivered_at": None}, {"$set": {"delivered_at": now}})
            await self._claims.delete_many({"until": {"$lt": now - _CLAIMS_KEPT}})


def _lasts(claim: Document, now: datetime) -> bool:
    until = claim["until"]
    return isinstance(until, datetime) and until > now


def _document(alert: Alert) -> Document:
    values = (Int64(value) if type(value) is int else value for value in alert_values(alert))
    return {"_id": alert.id, **dict(zip(ALERT_NAMES, values, strict=True))}
