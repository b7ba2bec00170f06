"""Agent resources through the Kubernetes API."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Final, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, Field, ValidationError
from typing_extensions import override

from vutler_router.cluster.ports import ApiAnswer, ApiRequest, ApiSender
from vutler_router.domain.agent_resource import AgentResource, AgentResources
from vutler_router.domain.identifiers import AgentId
from vutler_router.errors import ClusterRefused, ClusterUnavailable, Conflict

__all__ = ["FIELD_MANAGER", "KubernetesAgents"]

FIELD_MANAGER: Final = "vutler-router"
"""Under this name `kubectl get agent --show-managed-fields` shows what the router wrote."""

_ROOT: Final = "/apis/vutler.io/v1alpha1"
_PAGE: Final = 500
_READ_SECONDS: Final = 3.0
_WRITE_SECONDS: Final = 10.0
_MERGE_PATCH: Final = "application/merge-patch+json"
_LONGEST_REASON: Final = 500

Model = TypeVar("Model", bound=BaseModel)


class KubernetesAgents(AgentResources):
    """Reads Agents and writes their `spec.running`.

    By a merge patch: it takes the field whoever wrote it last, and leaves all others to those who own them.
    """

    def __init__(self, sender: ApiSender) -> None:
        self._sender = sender

    @override
    async def read(self, agent_id: AgentId) -> AgentResource | None:
        answer = await self._get(_path(agent_id.workspace, agent_id.name))
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        return _resource(_parsed(_Agent, _granted(answer)))

    @override
    async def read_all(self, namespace: str) -> Mapping[str, AgentResource]:
        found: dict[str, AgentResource] = {}
        query = {"limit": str(_PAGE)}
        while True:
            answer = await self._get(f"{_path(namespace)}?{urlencode(query)}")
            page = _parsed(_AgentList, _granted(answer))
            found |= {agent.metadata.name: _resource(agent) for agent in page.items}
            if not page.metadata.continue_:
                return found
            query["continue"] = page.metadata.continue_

    @override
    async def set_running(self, agent_id: AgentId, running: bool) -> None:
        target = f"{_path(agent_id.workspace, agent_id.name)}?{urlencode({'fieldManager': FIELD_MANAGER})}"
        headers = {"Accept": "application/json", "Content-Type": _MERGE_PATCH}
        patch = {"spec": {"running": running}}
        answer = await self._sender.send(ApiRequest("PATCH", target, _WRITE_SECONDS, headers, patch))
        if answer.status == HTTPStatus.NOT_FOUND:
            raise Conflict(
                f"There is no Agent resource {agent_id.workspace}/{agent_id.name} any more, so nothing can be started "
                f"or stopped; apply it again.",
                code="agent_without_resource",
            )
        _granted(answer)

    async def _get(self, target: str) -> ApiAnswer:
        return await self._sender.send(ApiRequest("GET", target, _READ_SECONDS, {"Accept": "application/json"}))


class _Condition(BaseModel):
    type: str
    reason: str = ""
    message: str = ""
    transition: datetime | None = Field(default=None, alias="lastTransitionTime")


class _Status(BaseModel):
    phase: str | None = None
    observed: int = Field(0, alias="observedGeneration")
    conditions: tuple[_Condition, ...] = ()


class _Spec(BaseModel):
    running: bool | None = None


class _Metadata(BaseModel):
    name: str
    generation: int = 0


class _Agent(BaseModel):
    metadata: _Metadata
    spec: _Spec
    status: _Status = _Status()


class _ListMetadata(BaseModel):
    continue_: str = Field("", alias="continue")


class _AgentList(BaseModel):
    metadata: _ListMetadata
    items: tuple[_Agent, ...]


class _Refusal(BaseModel):
    message: str = ""


def _resource(agent: _Agent) -> AgentResource:
    ready = next((found for found in agent.status.conditions if found.type == "Ready"), _Condition(type="Ready"))
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
    return f"{_ROOT}/namespaces/{namespace}/agents" + (f"/{name}" if name else "")


def _granted(answer: ApiAnswer) -> bytes:
    """Return what was asked for. Raises `ClusterUnavailable` for what passes, `ClusterRefused` for what does not."""
    status = answer.status
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return answer.content
    said = _words(answer.content)
    passing = {HTTPStatus.CONFLICT, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
    if status in passing or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise ClusterUnavailable(f"The Kubernetes API server answered {status}: {said}")
    raise ClusterRefused(f"The Kubernetes API server refuses: {said}")


def _words(content: bytes) -> str:
    try:
        message = _Refusal.model_validate_json(content).message
    except ValidationError:
        message = ""
    return message[:_LONGEST_REASON] or "it gives no reason."


def _parsed(kind: type[Model], content: bytes) -> Model:
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        raise ClusterUnavailable("The Kubernetes API server sent something that is no Agent.") from error
