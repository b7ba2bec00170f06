"""Agents asking agents, over HTTP, and the trees that this makes."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from vutler_router.container import Process
from vutler_router.dependencies import KnownCaller, ListableWorkspace, ProcessDep, TalkableAgent
from vutler_router.domain.caller import AdminCaller, AgentCaller, Caller
from vutler_router.domain.cluster_accounts import Verb
from vutler_router.domain.llm_json import JsonObject
from vutler_router.errors import Forbidden
from vutler_router.services.access import AGENT_REFUSED
from vutler_router.services.asking.service import Question
from vutler_router.services.asking.trees import no_tree
from vutler_router.services.views import counts_view

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["asking"])

Limit = Annotated[int, Query(ge=1, le=100)]


class AskBody(BaseModel):
    """A question to another agent."""

    agent: str = Field(min_length=1, max_length=120)
    message: str = Field(min_length=1, max_length=200_000)
    timeout_seconds: float | None = Field(None, ge=1, le=600)


@router.post("/agents/{agent_id}/ask", summary="Have an agent ask one of its delegates")
async def ask(agent_id: TalkableAgent, body: AskBody, process: ProcessDep) -> JsonObject:
    """Ask in an agent's name, as its own tool `agent_ask` does; the caller's leaving cancels the work."""
    agent = process.directory.get(agent_id)
    answer = await process.tools.asks.ask(agent, Question(body.agent, body.message, body.timeout_seconds))
    return {
        "content": answer.content,
        "agent_id": answer.peer,
        "ask_id": answer.ask_id,
        "tree_id": answer.tree_id,
        "usage": counts_view(answer.usage),
    }


@router.get("/usage/trees", summary="Trees of calls between agents that began on a day (UTC)")
async def usage_trees(
    process: ProcessDep,
    workspace_id: ListableWorkspace,
    day: Annotated[str | None, Query(description="`2026-11-18`; by default today.")] = None,
    limit: Limit = 50,
    cursor: str = "",
) -> JsonObject:
    """List trees, the newest first, with what each took."""
    return await process.tools.trees.of_day(day, workspace_id=workspace_id, limit=limit, cursor=cursor or None)


@router.get("/usage/trees/{tree_id}", summary="Who called whom in a tree, and what it took")
async def usage_tree(
    tree_id: Annotated[str, Path(max_length=100)], process: ProcessDep, caller: KnownCaller
) -> JsonObject:
    """Show a tree's calls, nested, with tokens and cost of each and by agent and model.

    For people who may list the agents of every workspace that the tree leads through.
    """
    if not isinstance(caller, AdminCaller):
        await _expect_seen(process, caller, tree_id)
    return await process.tools.trees.show(tree_id)


async def _expect_seen(process: Process, caller: Caller, tree_id: str) -> None:
    """Let pass who may see a tree; to everybody else there is none. Raises `NotFound`, and `Forbidden` for agents."""
    if isinstance(caller, AgentCaller):
        raise Forbidden(AGENT_REFUSED)
    for workspace in sorted(await process.tools.trees.workspaces(tree_id)):
        try:
            await process.access.to_workspace(caller, workspace, Verb.LIST)
        except Forbidden:
            raise no_tree() from None
