"""Agents that run: start and stop them, and ask how they are."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response

from vutler_router.dependencies import ChangeableAgent, ListableWorkspace, ProcessDep, ReadableAgent
from vutler_router.domain.llm_json import JsonObject
from vutler_router.services.views import agent_view, life_view

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/agents", tags=["agents"])

Limit = Annotated[int, Query(ge=1, le=500)]

_UNDER_WAY: Final = 202

_HEALTH: Final[dict[str, object]] = {
    "agent_id": "team-a.ava",
    "status": "alive",
    "running": True,
    "live": True,
    "ready": True,
    "phase": "Running",
    "reason": "AgentReady",
    "message": "",
    "since": "2026-11-18T12:00:00+00:00",
}
_AGENT: Final[dict[str, object]] = {
    "id": "team-a.ava",
    "workspace_id": "team-a",
    "display_name": "Ava",
    "managed_by": "operator",
    "running": True,
}


def _answers(description: str, example: dict[str, object]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"example": example}}}


_SWITCHED: Final[dict[int | str, dict[str, Any]]] = {
    200: _answers("It was so already, or nothing runs for this agent; nothing was changed in the cluster.", _AGENT),
    202: _answers("The Agent resource was changed; its pod follows. Ask for its health.", _AGENT),
    409: {"description": "It is the operator's, and its Agent resource is gone, out of reach or may not change."},
    503: {"description": "The Kubernetes API server does not answer; try again after `Retry-After` seconds."},
}


# Before everything that has an agent's id in its path: `running` could be one.
@router.get(
    "/running",
    summary="List the agents that are alive now",
    responses={200: _answers("Those alive of the page's agents", {"agents": [_HEALTH], "next_cursor": None})},
)
async def running_agents(
    process: ProcessDep, workspace_id: ListableWorkspace, limit: Limit = 100, cursor: str = ""
) -> JsonObject:
    """Ask `limit` agents by id that are to run, and list those that answer: a page may be shorter, or empty.

    The next one begins at `next_cursor`.
    """
    page = await process.lives.alive(workspace_id=workspace_id, limit=limit, cursor=cursor or None)
    return {"agents": [life_view(life) for life in page.alive], "next_cursor": page.next_cursor}


@router.get(
    "/{agent_id}/health",
    summary="Say how an agent is",
    responses={200: _answers("`alive`, `starting`, `stopping`, `stopped`, `failing` or `unknown`, and why", _HEALTH)},
)
async def agent_health(agent_id: ReadableAgent, process: ProcessDep) -> JsonObject:
    """Look at an agent's pod: `live` and `ready` are what it answers now, `phase` and `reason` what its Agent says."""
    return life_view(await process.lives.of(agent_id))


@router.post("/{agent_id}/start", summary="Start an agent", responses=_SWITCHED)
async def start_agent(agent_id: ChangeableAgent, process: ProcessDep, response: Response) -> JsonObject:
    """Set `spec.running` of its Agent resource to true; what it remembers is still there."""
    return await _turned(process, response, agent_id, running=True)


@router.post("/{agent_id}/stop", summary="Stop an agent and keep its state", responses=_SWITCHED)
async def stop_agent(agent_id: ChangeableAgent, process: ProcessDep, response: Response) -> JsonObject:
    """Set `spec.running` of its Agent resource to false: its pod goes, its volume stays."""
    return await _turned(process, response, agent_id, running=False)


async def _turned(process: ProcessDep, response: Response, agent_id: str, *, running: bool) -> JsonObject:
    switched = await process.switch.turn(agent_id, running=running)
    if switched.under_way:
        response.status_code = _UNDER_WAY
    return agent_view(switched.agent)
