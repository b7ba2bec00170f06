"""Which models are not asked now, why, and until when."""

from fastapi import APIRouter

from vutler_router.dependencies import Admin, ProcessDep
from vutler_router.domain.llm_json import JsonObject
from vutler_router.services.views import breaker_view

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["models"])


@router.get("/breakers", summary="Models that failed lately: whether they are asked, why not, and from when again")
async def list_breakers(process: ProcessDep, _admin: Admin) -> JsonObject:
    """List every breaker with a failure on it; those that are open are so on every replica, the others on this one."""
    return {"breakers": [breaker_view(breaker) for breaker in process.breakers], "next_cursor": None}
