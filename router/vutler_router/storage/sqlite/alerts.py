"""Alerts in SQLite."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from vutler_router.domain.alert_store import MOST_DUE, Alert
from vutler_router.storage.alert_records import ALERT_NAMES, alert_from_object, alert_values
from vutler_router.storage.sqlite.connection import Database, Row, Value

__all__ = ["SqliteAlertStore"]

_COLUMNS: Final = ", ".join(f'"{name}"' for name in ALERT_NAMES)
_ADD: Final = (
    f"INSERT OR IGNORE INTO alerts (id, claimed_until, {_COLUMNS}) "  # noqa: S608 - constant parts
    f"VALUES (?, ?, {', '.join('?' * len(ALERT_NAMES))})"
)
_OF_MONTH: Final = (
    f"SELECT {_COLUMNS} FROM alerts WHERE month = ? AND (? IS NULL OR workspace_id = ?) "  # noqa: S608 - constant parts
    f"ORDER BY raised_at, id"
)
_UNDELIVERED: Final = (
    f"SELECT {_COLUMNS} FROM alerts "  # noqa: S608 - constant parts
    f"WHERE delivered_at IS NULL AND claimed_until <= ? AND raised_at > ? ORDER BY raised_at, id LIMIT {MOST_DUE}"
)
_CLAIM: Final = "UPDATE alerts SET claimed_until = ? WHERE id = ? AND delivered_at IS NULL AND claimed_until <= ?"
_DELIVERED: Final = "UPDATE alerts SET delivered_at = ? WHERE id = ? AND delivered_at IS NULL"


class SqliteAlertStore:
    """See `AlertStore`. Times are texts of one width in UTC, so that they compare as times do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_new(self, alerts: Sequence[Alert]) -> Sequence[Alert]:
        """See `AlertStore.add_new`."""
        async with self._database.transaction() as transaction:
            return [alert for alert in alerts if await transaction.run(_ADD, _values(alert))]

    async def of_month(self, month: str, *, workspace_id: str | None = None) -> Sequence[Alert]:
        """See `AlertStore.of_month`."""
        return [_alert(row) for row in await self._database.read(_OF_MONTH, (month, workspace_id, workspace_id))]

    async def undelivered(self, now: datetime, *, raised_after: datetime) -> Sequence[Alert]:
        """See `AlertStore.undelivered`."""
        rows = await self._database.read(_UNDELIVERED, (_text(now), _text(raised_after)))
        return [_alert(row) for row in rows]

    async def claim(self, alert_id: str, *, now: datetime, until: datetime) -> bool:
        """See `AlertStore.claim`."""
        async with self._database.transaction() as transaction:
            return await transaction.run(_CLAIM, (_text(until), alert_id, _text(now))) > 0

    async def mark_delivered(self, alert_id: str, now: datetime) -> None:
        """See `AlertStore.mark_delivered`."""
        async with self._database.transaction() as transaction:
            await transaction.run(_DELIVERED, (_text(now), alert_id))


def _values(alert: Alert) -> tuple[Value, ...]:
    values = (_text(value) if isinstance(value, datetime) else value for value in alert_values(alert))
    return alert.id, _text(alert.raised_at), *values


def _alert(row: Row) -> Alert:
    return alert_from_object(dict(zip(ALERT_NAMES, row, strict=True)))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
