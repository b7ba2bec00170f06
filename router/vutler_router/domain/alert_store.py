"""What is told when a plan or budget is nearly or wholly used, the port that keeps it, and its version in memory."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

__all__ = ["MOST_DUE", "Alert", "AlertKind", "AlertStore", "InMemoryAlertStore"]

MOST_DUE: Final = 100
"""Alerts given out at once for delivery."""


class AlertKind(StrEnum):
    """What is used up, by the names of the CRD."""

    PLAN = "plan"
    """The tokens that the plan's price covers."""

    MONTHLY_TOKENS = "monthlyTokens"
    """The agent's own budget of tokens."""

    MONTHLY_COST = "monthlyCost"
    """The agent's own budget of money."""


@dataclass(frozen=True, slots=True)
class Alert:
    """An agent passed a threshold of its plan or of a budget.

    Attributes:
        month: `2026-11`, in UTC.
        threshold: Whole per cent of the plan or budget.
        percent: How much of it was used when that was seen, to one decimal.
        used: Tokens, or 1e-9 USD with `MONTHLY_COST`.
        limit: The whole plan or budget, in the same unit.
        raised_at: When it was seen, UTC in whole milliseconds.
        delivered_at: When the webhook's receiver took it; None until then, and always without a webhook.
    """

    month: str
    agent_id: str
    workspace_id: str
    kind: AlertKind
    threshold: int
    percent: float
    used: int
    limit: int
    raised_at: datetime
    delivered_at: datetime | None = None

    @property
    def id(self) -> str:
        """What makes it the same alert, however often it is seen: `2026-11/team-a.ava/plan/80`.

        The limit is no part of it: a plan or budget that grows within the month does not arm its thresholds again.
        """
        return f"{self.month}/{self.agent_id}/{self.kind}/{self.threshold}"

    @property
    def message_id(self) -> str:
        """What a webhook's receiver tells repetitions by; it holds no full stop, and differs between installations."""
        seed = f"{self.id} {self.raised_at.isoformat()}"
        return f"msg_{hashlib.sha256(seed.encode()).hexdigest()[:32]}"


class AlertStore(Protocol):
    """Keeps alerts, each once.

    Every method raises `StorageError` when the database does not answer in time.
    """

    async def add_new(self, alerts: Sequence[Alert]) -> Sequence[Alert]:
        """Keep those whose id is not kept yet, and return them: of several processes one gets each alert back."""
        ...

    async def of_month(self, month: str, *, workspace_id: str | None = None) -> Sequence[Alert]:
        """Return a month's alerts, the oldest first, of one workspace or of all."""
        ...

    async def undelivered(self, now: datetime, *, raised_after: datetime) -> Sequence[Alert]:
        """Return the oldest alerts, at most `MOST_DUE`, that nobody took and no process has claimed beyond `now`."""
        ...

    async def claim(self, alert_id: str, *, now: datetime, until: datetime) -> bool:
        """Reserve an alert for one attempt to deliver it; nobody else tries it before `until`.

        Returns:
            False when it is delivered, claimed by another process, or unknown.
        """
        ...

    async def mark_delivered(self, alert_id: str, now: datetime) -> None:
        """Note that the receiver took an alert; the first time counts."""
        ...


class InMemoryAlertStore:
    """Alerts of this process alone, for tests and trying things out."""

    def __init__(self) -> None:
        self._alerts: dict[str, Alert] = {}
        self._claims: dict[str, datetime] = {}

    async def add_new(self, alerts: Sequence[Alert]) -> Sequence[Alert]:
        """See `AlertStore.add_new`."""
        new = {alert.id: alert for alert in alerts if alert.id not in self._alerts}
        self._alerts |= new
        return tuple(new.values())

    async def of_month(self, month: str, *, workspace_id: str | None = None) -> Sequence[Alert]:
        """See `AlertStore.of_month`."""
        return [
            alert
            for alert in self._oldest_first()
            if alert.month == month and workspace_id in {None, alert.workspace_id}
        ]

    async def undelivered(self, now: datetime, *, raised_after: datetime) -> Sequence[Alert]:
        """See `AlertStore.undelivered`."""
        due = [alert for alert in self._oldest_first() if alert.raised_at > raised_after and self._is_due(alert, now)]
        return due[:MOST_DUE]

    async def claim(self, alert_id: str, *, now: datetime, until: datetime) -> bool:
        """See `AlertStore.claim`."""
        alert = self._alerts.get(alert_id)
        if alert is None or not self._is_due(alert, now):
            return False
        self._claims[alert_id] = until
        return True

    async def mark_delivered(self, alert_id: str, now: datetime) -> None:
        """See `AlertStore.mark_delivered`."""
        alert = self._alerts.get(alert_id)
        if alert is not None and alert.delivered_at is None:
            self._alerts[alert_id] = replace(alert, delivered_at=now)

    def _oldest_first(self) -> list[Alert]:
        return sorted(self._alerts.values(), key=lambda alert: (alert.raised_at, alert.id))

    def _is_due(self, alert: Alert, now: datetime) -> bool:
        return alert.delivered_at is None and self._claims.get(alert.id, alert.raised_at) <= now
