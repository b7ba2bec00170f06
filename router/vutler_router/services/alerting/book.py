"""The alerts of a month, for people who look."""

from collections.abc import Callable
from datetime import datetime

from vutler_router.domain.alert_store import AlertStore
from vutler_router.domain.llm_json import JsonObject
from vutler_router.services.alerting.alert_json import alert_json
from vutler_router.services.usage.periods import read_month

__all__ = ["AlertBook"]


class AlertBook:
    """Lists what was raised, and who was told when."""

    def __init__(self, store: AlertStore, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    async def of_month(self, month: str | None, *, workspace_id: str | None = None) -> list[JsonObject]:
        """Return a month's alerts, the oldest first, of one workspace or of all.

        Args:
            month: `2026-11`; None for the current one, in UTC.
            workspace_id: Whose; None for all.

        Raises:
            InvalidRequest: The month is none, or has not begun.
            StorageError: The database does not answer in time.
        """
        name = f"{read_month(month, self._now()).first:%Y-%m}"
        return [
            {
                **alert_json(alert),
                "raised_at": alert.raised_at.isoformat(),
                "delivered_at": alert.delivered_at and alert.delivered_at.isoformat(),
            }
            for alert in await self._store.of_month(name, workspace_id=workspace_id)
        ]
