"""Probes and metrics: open to everybody who can connect.

Kubernetes probes and Prometheus send no tokens; what they get holds counts and model names, no agent's name, text or
key, and the chart's NetworkPolicy says who can connect.
"""

from fastapi import APIRouter, Response

from vutler_router.dependencies import ProcessDep
from vutler_router.domain.llm_json import JsonObject

__all__ = ["router"]

router = APIRouter(tags=["probes"])


@router.get("/healthz", summary="The process is alive")
async def healthz() -> JsonObject:
    """Answer."""
    return {"status": "ok"}


@router.get("/readyz", summary="Requests may be sent here")
async def readyz(process: ProcessDep) -> JsonObject:
    """Answer while the database does and no shutdown is under way."""
    await process.readiness.check()
    return {"status": "ready"}


@router.get("/metrics", summary="Prometheus metrics", response_class=Response)
async def metrics(process: ProcessDep) -> Response:
    """Return counters in Prometheus' text format."""
    return Response(process.metrics.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")
