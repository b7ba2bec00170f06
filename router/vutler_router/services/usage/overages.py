"""Plans that were passed in a month, for people who look."""

from collections.abc import Callable
from datetime import datetime

from vutler_router.domain.llm_json import JsonObject
from vutler_router.domain.money import to_usd
from vutler_router.metering.overage import Overage, OverageReader
from vutler_router.services.usage.periods import read_month

__all__ = ["OverageService"]


class OverageService:
    """Lists the records of `managed_overage`: one for each agent and month, which grows with use."""

    def __init__(self, reader: OverageReader, now: Callable[[], datetime]) -> None:
        self._reader = reader
        self._now = now

    async def of_month(self, month: str | None, *, workspace_id: str | None = None) -> list[JsonObject]:
        """Return who went beyond a plan in a month, by agent.

        Args:
            month: `2026-11`; None for the current one, in UTC.
            workspace_id: Whose; None for all.

        Raises:
            InvalidRequest: The month is none, or has not begun.
            StorageError: The database does not answer in time.
        """
        name = f"{read_month(month, self._now()).first:%Y-%m}"
        return [_view(record) for record in await self._reader.overages(name, workspace_id)]


def _view(record: Overage) -> JsonObject:
    return {
        "agent_id": record.agent_id,
        "workspace_id": record.workspace_id,
        "month": record.month,
        "tier": record.tier,
        "tokens": record.tokens,
        "price": to_usd(record.price),
        "passed_at": record.passed_at.isoformat(),
        "updated_at": record.updated_at.isoformat(),
    }
