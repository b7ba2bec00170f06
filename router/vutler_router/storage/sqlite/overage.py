"""Plans that were passed, and how far agents are, in SQLite."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from vutler_router.metering.overage import Overage
from vutler_router.storage.sqlite.connection import Database, Row

__all__ = ["SqliteOverageReader"]

_OVERAGES: Final = """
SELECT agent_id, workspace_id, month, tier, tokens, price, passed_at, updated_at FROM managed_overage
WHERE month = ? AND ifnull(?, workspace_id) = workspace_id ORDER BY agent_id
"""
_TOKENS: Final = """
SELECT agent_id, tokens FROM usage_monthly WHERE agent_id IN (SELECT value FROM json_each(?)) AND month = ?
"""


class SqliteOverageReader:
    """See `OverageReader`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def overages(self, month: str, workspace_id: str | None = None) -> Sequence[Overage]:
        """See `OverageReader.overages`."""
        return [_overage(row) for row in await self._database.read(_OVERAGES, (month, workspace_id))]

    async def month_tokens(self, agent_ids: Collection[str], month: str) -> Mapping[str, int]:
        """See `OverageReader.month_tokens`."""
        found = await self._database.read(_TOKENS, (json.dumps(list(agent_ids)), month))
        return {str(agent): int(tokens or 0) for agent, tokens in found if tokens}


def _overage(row: Row) -> Overage:
    agent, workspace, month, tier, tokens, price, passed, updated = row
    return Overage(
        agent_id=str(agent),
        workspace_id=str(workspace),
        month=str(month),
        tier=str(tier),
        tokens=int(tokens or 0),
        price=int(price or 0),
        passed_at=datetime.fromisoformat(str(passed)),
        updated_at=datetime.fromisoformat(str(updated)),
    )
