"""Agents: what there is, who is running, how they are."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from vutler_router.api.bodies import AgentBody, NewAgentBody
from vutler_router.dependencies import Admin, KnownCaller, ProcessDep, VisibleAgent
from vutler_router.domain.caller import AgentCaller
from vutler_router.domain.llm_json import JsonObject
from vutler_router.services.views import agent_view

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/agents", tags=["agents"])

Limit = Annotated[int, Query(ge=1, le=500)]


@router.get("", summary="List agents; an agent sees itself")
async def list_agents(
    process: ProcessDep, caller: KnownCaller, workspace_id: str | None = None, limit: Limit = 100, cursor: str = ""
) -> JsonObject:
    """List agents by id, a page at a time."""
    if isinstance(caller, AgentCaller):
        return {"agents": [agent_view(caller.agent)], "next_cursor": None}
    page = await process.agents.page(workspace_id=workspace_id, limit=limit, cursor=cursor or None)
    return {"agents": [agent_view(agent) for agent in page.agents], "next_cursor": page.next_cursor}


@router.post("", status_code=201, summary="Create an agent; its token is shown this once")
async def create_agent(body: NewAgentBody, process: ProcessDep, _admin: Admin) -> JsonObject:
    """Create an agent."""
    created = await process.agents.create(body.to_new())
    return {**agent_view(created.agent), "token": created.token}


@router.get("/running", summary="List the agents that are to run")
async def running_agents(process: ProcessDep, _admin: Admin, workspace_id: str | None = None) -> JsonObject:
    """List the agents that are not stopped."""
    running = [agent for agent in process.directory if agent.running and workspace_id in {None, agent.workspace_id}]
    return {"agents": [agent_view(agent) for agent in sorted(running, key=lambda a: a.id)], "next_cursor": None}


@router.get("/{agent_id}", summary="Show an agent")
async def show_agent(agent_id: VisibleAgent, process: ProcessDep) -> JsonObject:
    """Show an agent, without its secrets."""
    return agent_view(await process.agents.get(agent_id))


@router.put("/{agent_id}", summary="Make an agent what the caller says; how the operator pushes")
async def put_agent(agent_id: str, body: AgentBody, process: ProcessDep, _admin: Admin) -> JsonObject:
    """Create or change an agent; what is left out stays."""
    return agent_view(await process.agents.put(agent_id, body.to_put()))


@router.delete("/{agent_id}", status_code=204, summary="Delete an agent and revoke its token")
async def delete_agent(agent_id: VisibleAgent, process: ProcessDep, _admin: Admin) -> Response:
    """Delete an agent; what it used stays on record."""
    await process.agents.delete(agent_id)
    return Response(status_code=204)


@router.get("/{agent_id}/health", summary="Ask an agent's own probes")
async def agent_health(agent_id: VisibleAgent, process: ProcessDep) -> JsonObject:
    """Ask an agent whether it lives and is ready."""
    health = await process.gateway.health(process.directory.get(agent_id))
    return {"agent_id": agent_id, "live": health.live, "ready": health.ready, "detail": health.detail}
