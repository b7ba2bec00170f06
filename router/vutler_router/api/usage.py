"""What was used and what plans there are."""

from fastapi import APIRouter

from vutler_router.dependencies import Admin, KnownCaller, ProcessDep, VisibleAgent
from vutler_router.domain.llm_json import JsonObject
from vutler_router.domain.money import to_usd
from vutler_router.services.periods import PeriodName

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["usage"])


@router.get("/agents/{agent_id}/usage", summary="What an agent used, in the current day, week or month (UTC)")
async def agent_usage(agent_id: VisibleAgent, process: ProcessDep, period: str = "month") -> JsonObject:
    """Total an agent's use, by model and by date, against its plan."""
    return await process.usage.of_agent(agent_id, PeriodName.parse(period))


@router.get("/usage/summary", summary="What a workspace used, or all of them")
async def usage_summary(
    process: ProcessDep, _admin: Admin, period: str = "month", workspace_id: str | None = None
) -> JsonObject:
    """Total the use of all agents, with a line for each."""
    return await process.usage.summary(PeriodName.parse(period), workspace_id=workspace_id)


@router.get("/usage/tiers", summary="The plans on sale")
async def usage_tiers(process: ProcessDep, _caller: KnownCaller) -> JsonObject:
    """List the plans; money in USD."""
    tiers = [
        {
            "id": tier.id,
            "name": tier.name,
            "price_monthly": to_usd(tier.price_monthly),
            "included_tokens": tier.included_tokens,
            "overage_per_million": to_usd(tier.overage_per_million),
            "description": tier.description,
        }
        for tier in process.plans
    ]
    return {"tiers": tiers, "next_cursor": None}
