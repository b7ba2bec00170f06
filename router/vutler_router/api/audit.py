"""What agents did with the platform's tools."""

from typing import Annotated

from fastapi import APIRouter, Query

from vutler_router.dependencies import KnownCaller, ProcessDep
from vutler_router.domain.caller import AdminCaller, AgentCaller, UserCaller
from vutler_router.domain.cluster_accounts import Verb
from vutler_router.domain.llm_json import JsonObject
from vutler_router.domain.tool_audit import ToolCallFilter
from vutler_router.errors import NotFound

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["tools"])


@router.get(
    "/audit", summary="Calls of tools, the newest first; an agent sees its own, people those of an agent or workspace"
)
async def audit(
    process: ProcessDep,
    caller: KnownCaller,
    agent_id: str | None = None,
    workspace_id: str | None = None,
    tool: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: str = "",
) -> JsonObject:
    """List who called which tool on what, and how it went; never the contents."""
    match caller:
        case AdminCaller():
            pass
        case AgentCaller(own):
            if agent_id not in {None, own.id} or workspace_id not in {None, own.workspace_id}:
                raise NotFound("There is no agent of that id.", code="agent_not_found")
            agent_id = own.id
        case UserCaller() if agent_id is not None:
            agent_id = await process.access.to_agent(caller, agent_id, Verb.GET)
        case UserCaller():
            workspace_id = await process.access.to_named_workspace(caller, workspace_id, Verb.LIST)
    wanted = ToolCallFilter(agent_id=agent_id, workspace_id=workspace_id, tool=tool)
    return await process.tools.audit_book.page(wanted, limit=limit, cursor=cursor or None)
