"""Agents and their templates as resources of the cluster: choose one, make one, and read what became of it."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from vutler_router.api.bodies import LlmBody, Text
from vutler_router.dependencies import KnownCaller, ProcessDep, ReadableAgent
from vutler_router.domain.caller import UserCaller
from vutler_router.domain.cluster_accounts import Verb
from vutler_router.domain.llm_json import JsonObject
from vutler_router.services.agent_maker import WantedAgent
from vutler_router.services.resource_views import story_view, template_view
from vutler_router.services.views import agent_view

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["resources"])

_TEMPLATE: Final[dict[str, object]] = {
    "name": "support-email",
    "workspace_id": "vutler-system",
    "shared": True,
    "description": "Answers support mail politely and briefly.",
    "recommended_tier": "economy",
    "display_name": None,
    "tools": ["email", "drive"],
    "llm_config": None,
}
_STORY: Final[dict[str, object]] = {
    "agent_id": "team-a.ava",
    "managed_by": "operator",
    "exists": True,
    "doubt": "",
    "phase": "Running",
    "observed": True,
    "running": True,
    "template": "support-email",
    "llm_config": None,
    "llm_read_only": None,
    "created_at": "2026-11-18T11:58:00+00:00",
    "ready_since": "2026-11-18T12:00:00+00:00",
    "conditions": [
        {
            "type": "Ready",
            "status": "True",
            "reason": "AgentReady",
            "message": "The agent answers.",
            "since": "2026-11-18T12:00:00+00:00",
        }
    ],
    "events": [
        {
            "type": "Normal",
            "reason": "AgentReady",
            "message": "The agent answers.",
            "count": 1,
            "last_seen": "2026-11-18T12:00:00+00:00",
        }
    ],
}


def _example(description: str, example: dict[str, object]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"example": example}}}


_MADE: Final[dict[int | str, dict[str, Any]]] = {
    409: {"description": "There is an agent of that name, or no cluster for it to run in."},
    503: {"description": "The Kubernetes API server does not answer; try again after `Retry-After` seconds."},
}


class NewResourceBody(BaseModel):
    """A new agent that is to run: who it is, what it is made from, and if wanted which model answers it."""

    workspace_id: Text = Field(description="The namespace.", examples=["team-a"])
    name: Text = Field(description="The Agent's name, as Kubernetes has names.", examples=["ava"])
    display_name: Text | None = Field(None, description="The name that people read.", examples=["Ava"])
    template: Text | None = Field(None, description="The name of an AgentTemplate.", examples=["support-email"])
    llm: LlmBody | None = Field(None, description="As in `PUT llm-config`; it may also be said later.")

    def to_wanted(self) -> WantedAgent:
        """Return the service's value."""
        llm = self.llm.to_put() if self.llm is not None else None
        return WantedAgent(self.workspace_id, self.name, self.display_name, self.template, llm)


@router.get(
    "/templates",
    summary="List the AgentTemplates that agents of a workspace can be made from",
    responses={200: _example("By name", {"templates": [_TEMPLATE], "next_cursor": None, "cluster": True})},
)
async def list_templates(
    process: ProcessDep,
    caller: KnownCaller,
    workspace_id: Annotated[str | None, Query(description="Whose; the catalogue's are in every list.")] = None,
) -> JsonObject:
    """List the workspace's own templates and the catalogue's; `cluster` says whether agents can be made to run at all.

    For people who may list the workspace's agents.
    """
    if isinstance(caller, UserCaller):
        await process.access.to_named_workspace(caller, workspace_id, Verb.LIST)
    else:
        await process.access.to_workspace(caller, workspace_id, Verb.LIST)
    resources = process.resources
    shelf = resources.templates
    templates = [template_view(one, shared=shelf.is_shared(one)) for one in await shelf.of(workspace_id)]
    return {"templates": templates, "next_cursor": None, "cluster": resources.is_there}


@router.post("/agents/resources", status_code=201, summary="Make an agent that runs in the cluster", responses=_MADE)
async def make_agent(body: NewResourceBody, process: ProcessDep, caller: KnownCaller) -> JsonObject:
    """Make the Agent resource, and keep its model settings; the operator does the rest. Ask for its health.

    For people who may create Agents in that namespace.
    """
    wanted = body.to_wanted()
    await process.access.to_workspace(caller, wanted.workspace_id, Verb.CREATE)
    return agent_view(await process.resources.maker.make(wanted))


@router.get(
    "/agents/{agent_id}/resource",
    summary="Show what the cluster says of an agent",
    responses={200: _example("Conditions, and the last events", _STORY)},
)
async def show_resource(agent_id: ReadableAgent, process: ProcessDep) -> JsonObject:
    """Show conditions, the last 20 events, and why the model settings cannot be changed here, where they cannot.

    Where there is nothing to be seen, `doubt` says why.
    """
    return story_view(await process.resources.stories.of(agent_id))
