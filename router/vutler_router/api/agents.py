"""Agents: what there is."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from vutler_router.api.bodies import AgentBody, NewAgentBody
from vutler_router.container import Process
from vutler_router.dependencies import Admin, DeletableAgent, KnownCaller, ProcessDep, ReadableAgent, SessionDep
from vutler_router.domain.agent_store import AgentPage
from vutler_router.domain.caller import AdminCaller, AgentCaller, Caller, UserCaller
from vutler_router.domain.cluster_accounts import Verb
from vutler_router.domain.llm_json import JsonObject
from vutler_router.services.agents import new_agent_id
from vutler_router.services.views import agent_mark, agent_view

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/agents", tags=["agents"])

Limit = Annotated[int, Query(ge=1, le=500)]


@router.get("", summary="List agents; an agent sees itself, a user those they may list")
async def list_agents(
    process: ProcessDep,
    caller: KnownCaller,
    workspace_id: str | None = None,
    limit: Limit = 100,
    cursor: str = "",
    fields: Literal["all", "mark"] = "all",
) -> JsonObject:
    """List agents by id, a page at a time; `fields=mark` shows no more than who made each and what was last pushed."""
    page = await _page(process, caller, workspace_id, limit, cursor)
    show = agent_view if fields == "all" else agent_mark
    return {"agents": [show(agent) for agent in page.agents], "next_cursor": page.next_cursor}


@router.post("", status_code=201, summary="Create an agent; its token is shown this once")
async def create_agent(body: NewAgentBody, process: ProcessDep, caller: KnownCaller) -> JsonObject:
    """Create an agent."""
    new = body.to_new()
    await process.access.to_workspace(caller, new_agent_id(new).workspace, Verb.CREATE)
    created = await process.agents.create(new)
    return {**agent_view(created.agent), "token": created.token}


@router.get("/{agent_id}", summary="Show an agent")
async def show_agent(agent_id: ReadableAgent, process: ProcessDep) -> JsonObject:
    """Show an agent, without its secrets."""
    return agent_view(await process.agents.get(agent_id))


@router.put("/{agent_id}", summary="Make an agent what the caller says; how the operator pushes")
async def put_agent(agent_id: str, body: AgentBody, process: ProcessDep, _admin: Admin) -> JsonObject:
    """Create or change an agent; what is left out stays."""
    return agent_view(await process.agents.put(agent_id, body.to_put()))


@router.delete("/{agent_id}", status_code=204, summary="Delete an agent and revoke its token")
async def delete_agent(agent_id: DeletableAgent, process: ProcessDep, session: SessionDep) -> Response:
    """Delete an agent; what it used stays on record. In a session only one without an Agent resource (else 409)."""
    if session is None:  # the operator, whose Agent is gone
        await process.agents.delete(agent_id)
    else:
        await process.resources.maker.forget(agent_id)
    return Response(status_code=204)


async def _page(process: Process, caller: Caller, workspace_id: str | None, limit: int, cursor: str) -> AgentPage:
    match caller:
        case AgentCaller(agent):
            return AgentPage((agent,), None)
        case AdminCaller():
            return await process.agents.page(workspace_id=workspace_id, limit=limit, cursor=cursor or None)
        case UserCaller():
            allowed = await process.access.workspaces(caller, only=workspace_id)
            if allowed is None:
                return await process.agents.page(workspace_id=workspace_id, limit=limit, cursor=cursor or None)
            return process.agents.page_within(allowed, limit=limit, cursor=cursor or None)
