"""Who was told that a plan or budget is nearly or wholly used."""

from typing import Annotated

from fastapi import APIRouter, Query

from vutler_router.dependencies import ListableWorkspace, ProcessDep
from vutler_router.domain.llm_json import JsonObject

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["usage"])


@router.get("/usage/alerts", summary="Thresholds of plans and budgets that were passed in a month (UTC)")
async def usage_alerts(
    process: ProcessDep,
    workspace_id: ListableWorkspace,
    month: Annotated[str | None, Query(description="`2026-11`; by default the current one.")] = None,
) -> JsonObject:
    """List a month's alerts, the oldest first: by default the current month's, of all workspaces."""
    return {"alerts": await process.alerts.of_month(month, workspace_id=workspace_id), "next_cursor": None}
