"""Agent resources through the Kubernetes API."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from pydantic import BaseModel, Field
from typing_extensions import override

from vutler_router.cluster.agent_status import AgentStatus, Condition
from vutler_router.cluster.answers import (
    FIELD_MANAGER,
    PAGE,
    ROOT,
    WRITE_SECONDS,
    get,
    granted,
    parsed,
    words,
)
from vutler_router.cluster.ports import ApiRequest, ApiSender
from vutler_router.domain.agent_resource import AgentResource, AgentResources, NewAgentResource
from vutler_router.domain.identifiers import AgentId
from vutler_router.errors import Conflict, InvalidRequest

__all__ = ["KubernetesAgents"]

_MERGE_PATCH: Final = "application/merge-patch+json"
_FIELD_MANAGER: Final = urlencode({"fieldManager": FIELD_MANAGER})


class KubernetesAgents(AgentResources):
    """Reads Agents, makes new ones and writes their `spec.running`.

    That by a merge patch: it takes the field whoever wrote it last, and leaves all others to those who own them.
    """

    def __init__(self, sender: ApiSender) -> None:
        self._sender = sender

    @override
    async def read(self, agent_id: AgentId) -> AgentResource | None:
        answer = await get(self._sender, _path(agent_id.workspace, agent_id.name))
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        return _resource(parsed(_Agent, granted(answer)))

    @override
    async def read_all(self, namespace: str) -> Mapping[str, AgentResource]:
        found: dict[str, AgentResource] = {}
        query = {"limit": str(PAGE)}
        while True:
            answer = await get(self._sender, f"{_path(namespace)}?{urlencode(query)}")
            page = parsed(_AgentList, granted(answer))
            found |= {agent.metadata.name: _resource(agent) for agent in page.items}
            if not page.metadata.continue_:
                return found
            query["continue"] = page.metadata.continue_

    @override
    async def set_running(self, agent_id: AgentId, running: bool) -> None:
        target = f"{_path(agent_id.workspace, agent_id.name)}?{_FIELD_MANAGER}"
        headers = {"Accept": "application/json", "Content-Type": _MERGE_PATCH}
        patch = {"spec": {"running": running}}
        answer = await self._sender.send(ApiRequest("PATCH", target, WRITE_SECONDS, headers, patch))
        if answer.status == HTTPStatus.NOT_FOUND:
            raise Conflict(
                f"There is no Agent resource {agent_id.workspace}/{agent_id.name} any more, so nothing can be started "
                f"or stopped; apply it again.",
                code="agent_without_resource",
            )
        granted(answer)

    @override
    async def create(self, new: NewAgentResource) -> None:
        agent_id, spec = new.agent_id, _spec(new)
        resource = {
            "apiVersion": ROOT.removeprefix("/apis/"),
            "kind": "Agent",
            "metadata": {"name": agent_id.name, "namespace": agent_id.workspace},
            "spec": spec,
        }
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        target = f"{_path(agent_id.workspace)}?{_FIELD_MANAGER}"
        answer = await self._sender.send(ApiRequest("POST", target, WRITE_SECONDS, headers, resource))
        match answer.status:
            case HTTPStatus.CONFLICT:
                raise Conflict(f"There is an Agent {agent_id} already; choose another name.", code="agent_exists")
            case HTTPStatus.NOT_FOUND:
                raise InvalidRequest(
                    f"The cluster has no place for Agent {agent_id}: {words(answer)}. Make the namespace "
                    f"{agent_id.workspace}, or choose another one.",
                    code="namespace_not_found",
                    param="workspace_id",
                )
            case HTTPStatus.UNPROCESSABLE_ENTITY:
                raise InvalidRequest(f"The cluster does not take the Agent: {words(answer)}", code="invalid_agent")
            case _:
                granted(answer)


class _Spec(BaseModel):
    running: bool | None = None


class _Metadata(BaseModel):
    name: str
    generation: int = 0


class _Agent(BaseModel):
    metadata: _Metadata
    spec: _Spec
    status: AgentStatus = AgentStatus()


class _ListMetadata(BaseModel):
    continue_: str = Field("", alias="continue")


class _AgentList(BaseModel):
    metadata: _ListMetadata
    items: tuple[_Agent, ...]


def _resource(agent: _Agent) -> AgentResource:
    ready = next((found for found in agent.status.conditions if found.type == "Ready"), Condition(type="Ready"))
    return AgentResource(
        running=agent.spec.running,
        observed=agent.status.observed >= agent.metadata.generation,
        phase=agent.status.phase,
        reason=ready.reason or None,
        message=ready.message,
        since=ready.transition,
    )


def _path(namespace: str, name: str = "") -> str:
    """Return where Agents are; ids are checked, so nothing in them needs escaping."""
    return f"{ROOT}/namespaces/{namespace}/agents" + (f"/{name}" if name else "")


def _spec(new: NewAgentResource) -> dict[str, object]:
    spec: dict[str, object] = {}
    if new.display_name is not None:
        spec["displayName"] = new.display_name
    if new.template is not None:
        spec["templateRef"] = {"name": new.template}
    return spec
