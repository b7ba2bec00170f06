"""Agents with their conditions and events, for people to read."""

from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from pydantic import BaseModel, Field
from typing_extensions import override

from vutler_router.cluster.agent_status import AgentStatus
from vutler_router.cluster.answers import PAGE, ROOT, get, granted, parsed
from vutler_router.cluster.ports import ApiSender
from vutler_router.domain.agent_report import AgentCondition, AgentEvent, AgentReport, AgentReports
from vutler_router.domain.identifiers import AgentId

__all__ = ["KubernetesReports"]

_LONGEST: Final = 1024
"""Characters of a message; the API server takes no more in an Event."""

_MOST_CONDITIONS: Final = 20
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


class KubernetesReports(AgentReports):
    """Reads Agents and their Events; needs `get` on the ones and `list` on the others."""

    def __init__(self, sender: ApiSender) -> None:
        self._sender = sender

    @override
    async def of(self, agent_id: AgentId) -> AgentReport | None:
        answer = await get(self._sender, f"{ROOT}/namespaces/{agent_id.workspace}/agents/{agent_id.name}")
        return None if answer.status == HTTPStatus.NOT_FOUND else _report(parsed(_Agent, granted(answer)))

    @override
    async def events(self, agent_id: AgentId, most: int) -> Sequence[AgentEvent]:
        which = f"involvedObject.kind=Agent,involvedObject.name={agent_id.name}"
        query = urlencode({"fieldSelector": which, "limit": str(PAGE)})
        answer = await get(self._sender, f"/api/v1/namespaces/{agent_id.workspace}/events?{query}")
        found = map(_event, parsed(_EventList, granted(answer), name="Event").items)
        return sorted(found, key=lambda event: event.last_seen or _LONG_AGO, reverse=True)[:most]


class _Named(BaseModel):
    name: str


class _Spec(BaseModel):
    running: bool | None = None
    template: _Named | None = Field(None, alias="templateRef")
    llm_config: _Named | None = Field(None, alias="llmConfigRef")


class _Metadata(BaseModel):
    generation: int = 0
    created: datetime | None = Field(default=None, alias="creationTimestamp")


class _Agent(BaseModel):
    metadata: _Metadata
    spec: _Spec
    status: AgentStatus = AgentStatus()


class _Series(BaseModel):
    count: int = 1
    last: datetime | None = Field(default=None, alias="lastObservedTime")


class _Event(BaseModel):
    """An Event of either generation: whoever writes `series` leaves `lastTimestamp` and `count` empty."""

    metadata: _Metadata
    type: str = "Normal"
    reason: str = ""
    message: str = ""
    count: int | None = None
    last: datetime | None = Field(default=None, alias="lastTimestamp")
    happened: datetime | None = Field(default=None, alias="eventTime")
    series: _Series | None = None


class _EventList(BaseModel):
    items: tuple[_Event, ...]


def _report(agent: _Agent) -> AgentReport:
    spec, status = agent.spec, agent.status
    return AgentReport(
        running=spec.running,
        observed=status.observed >= agent.metadata.generation,
        phase=status.phase,
        template=None if spec.template is None else spec.template.name,
        llm_config=None if spec.llm_config is None else spec.llm_config.name,
        created_at=agent.metadata.created,
        conditions=[
            AgentCondition(one.type, one.status, one.reason, one.message[:_LONGEST], one.transition)
            for one in status.conditions[:_MOST_CONDITIONS]
        ],
    )


def _event(event: _Event) -> AgentEvent:
    series = event.series or _Series()
    last_seen = series.last or event.last or event.happened or event.metadata.created
    count = event.count or series.count
    return AgentEvent(event.type, event.reason, event.message[:_LONGEST], count, last_seen)
