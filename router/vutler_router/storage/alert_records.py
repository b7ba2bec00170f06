"""The stored form of alerts, the same in every database."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from vutler_router.domain.alert_store import Alert

__all__ = ["ALERT_NAMES", "alert_from_object", "alert_values"]

_ALERT: Final = TypeAdapter(Alert)

ALERT_NAMES: Final = (
    "month",
    "agent_id",
    "workspace_id",
    "kind",
    "threshold",
    "percent",
    "used",
    "limit",
    "raised_at",
    "delivered_at",
)
"""The fields of `alerts` but for the id."""


def alert_values(alert: Alert) -> tuple[str | int | float | datetime | None, ...]:
    """Return an alert's values in the order of `ALERT_NAMES`."""
    return (
        alert.month,
        alert.agent_id,
        alert.workspace_id,
        str(alert.kind),
        alert.threshold,
        alert.percent,
        alert.used,
        alert.limit,
        alert.raised_at,
        alert.delivered_at,
    )


def alert_from_object(stored: Mapping[str, object]) -> Alert:
    """Read an alert out of its fields by name; others beside them do not matter."""
    return _ALERT.validate_python(stored)
