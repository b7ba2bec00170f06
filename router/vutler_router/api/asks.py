"""Agents asking agents, over HTTP, and the trees that this makes."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from vutler_router.dependencies import Admin, ProcessDep, VisibleAgent
from vutler_router.domain.llm_json import JsonObject
from vutler_router.services.asking.service import Question

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["asking"])

Limit = Annotated[int, Query(ge=1, le=100)]


class AskBody(BaseModel):
    """A question to another agent."""

    agent: str = Field(min_length=1, max_length=120)
    message: str = Field(min_length=1, max_length=200_000)
    timeout_seconds: float | None = Field(None, ge=1, le=600)


@router.post("/agents/{agent_id}/ask", summary="Have an agent ask one of its delegates")
async def ask(agent_id: VisibleAgent, body: AskBody, process: ProcessDep) -> JsonObject:
    """Ask in an agent's name, as its own tool `agent_ask` does; the caller's leaving cancels the work."""
    agent = process.directory.get(agent_id)
    answer = await process.tools.asks.ask(agent, Question(body.agent, body.message, body.timeout_seconds))
    usage = answer.usage
    counts = usage and {"tokens_input": usage.input, "tokens_output": usage.output, "tokens_total": usage.total}
    return {
        "content": answer.content,
        "agent_id": answer.peer,
        "ask_id": answer.ask_id,
        "tree_id": answer.tree_id,
        "usage": counts,
    }


@router.get("/usage/trees", summary="Trees of calls between agents that began on a day (UTC)")
async def usage_trees(
    process: ProcessDep,
    _admin: Admin,
    day: Annotated[str | None, Query(description="`2026-11-18`; by default today.")] = None,
    workspace_id: str | None = None,
    limit: Limit = 50,
    cursor: str = "",
) -> JsonObject:
    """List trees, the newest first, with what each took."""
    return await process.tools.trees.of_day(day, workspace_id=workspace_id, limit=limit, cursor=cursor or None)


@router.get("/usage/trees/{tree_id}", summary="Who called whom in a tree, and what it took")
async def usage_tree(tree_id: Annotated[str, Path(max_length=100)], process: ProcessDep, _admin: Admin) -> JsonObject:
    """Show a tree's calls, nested, with tokens and cost of each and by agent and model."""
    return await process.tools.trees.show(tree_id)
