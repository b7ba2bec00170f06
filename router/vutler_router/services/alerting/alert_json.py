"""How alerts are shown, by the API and by the webhook alike."""

from vutler_router.domain.alert_store import Alert, AlertKind
from vutler_router.domain.llm_json import JsonObject
from vutler_router.domain.money import to_usd

__all__ = ["alert_json"]


def alert_json(alert: Alert) -> JsonObject:
    """Show what was passed; money in USD."""
    money = alert.kind is AlertKind.MONTHLY_COST
    return {
        "id": alert.id,
        "agent_id": alert.agent_id,
        "workspace_id": alert.workspace_id,
        "month": alert.month,
        "kind": alert.kind.value,
        "threshold": alert.threshold,
        "percent": alert.percent,
        "unit": "USD" if money else "tokens",
        "used": to_usd(alert.used) if money else alert.used,
        "limit": to_usd(alert.limit) if money else alert.limit,
    }
