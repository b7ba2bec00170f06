"""Makes agents that run: the Agent resource in the cluster, and the model settings that go with it here."""

import re
from dataclasses import dataclass
from typing import Final

import structlog

from vutler_router.domain.agent import Agent
from vutler_router.domain.agent_resource import AgentResources, NewAgentResource
from vutler_router.domain.identifiers import AgentId
from vutler_router.errors import ClusterUnavailable, Conflict, InvalidRequest, RouterError
from vutler_router.services.agents import AgentService, NewAgent
from vutler_router.services.settings_builder import LlmPut

__all__ = ["AgentMaker", "WantedAgent"]

_NAME: Final = re.compile(r"[a-z](?:[-a-z0-9]{0,50}[a-z0-9])?")
"""As the CRD has it: a Service is named after it, which may not begin with a digit."""

_TEMPLATE: Final = re.compile(r"[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?")
_LONGEST_DISPLAY_NAME: Final = 64
"""The CRD's bound."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WantedAgent:
    """An agent as somebody wants it.

    Attributes:
        workspace_id: The namespace.
        name: The resource's.
        template: Name of an AgentTemplate.
        llm: Which model answers; None leaves that for later, or to the template.
    """

    workspace_id: str
    name: str
    display_name: str | None = None
    template: str | None = None
    llm: LlmPut | None = None


class AgentMaker:
    """Makes Agent resources.

    The record with the model settings comes first: the operator takes over one that is there, and keeps settings that
    are not an LLMConfig's. Made afterwards, the record could be forgotten, and the agent would run without a model.
    """

    def __init__(self, agents: AgentService, resources: AgentResources) -> None:
        self._agents = agents
        self._resources = resources

    async def make(self, wanted: WantedAgent) -> Agent:
        """Make an agent; what the operator makes of it, its health tells.

        Raises:
            InvalidRequest: A name is none, the settings are incomplete, or the cluster does not take the Agent.
            Conflict: There is one of that name, or no way to the cluster.
            ClusterUnavailable: The API server does not answer.
            ClusterRefused: It does not let the router make Agents there.
        """
        agent_id = _id(wanted)
        resource = NewAgentResource(agent_id, _display_name(wanted.display_name), _template(wanted.template))
        new = NewAgent(id=str(agent_id), display_name=wanted.display_name, template=wanted.template)
        created = await self._agents.create(new, wanted.llm)
        try:
            await self._resources.create(resource)
        except RouterError as error:
            if not (isinstance(error, ClusterUnavailable) and await self._is_there(agent_id)):
                await self._agents.delete(created.agent.id)
                raise
        _log.info("agent resource made", agent=created.agent.id, template=wanted.template)
        return created.agent

    async def forget(self, agent_id: str) -> None:
        """Delete the record of an agent that has no resource; with one, the operator would only bring it back.

        Raises:
            NotFound: There is no such agent.
            Conflict: It has an Agent resource.
            ClusterUnavailable: Nobody can say, for the API server does not answer.
            ClusterRefused: It does not let the router look.
        """
        name = AgentId.parse(agent_id)
        if await self._resources.read(name) is not None:
            raise Conflict(
                f"Agent {agent_id} is made by its Agent resource and would come back. Delete that, and its volume goes "
                f"with it: kubectl -n {name.workspace} delete agents.vutler.io {name.name}",
                code="agent_has_resource",
            )
        await self._agents.delete(agent_id)

    async def _is_there(self, agent_id: AgentId) -> bool:
        """Say whether the Agent was made although the answer was lost."""
        try:
            return await self._resources.read(agent_id) is not None
        except RouterError:
            return False


def _id(wanted: WantedAgent) -> AgentId:
    workspace = AgentId.parse(f"{wanted.workspace_id}.x", param="workspace_id").workspace
    if not _NAME.fullmatch(wanted.name):
        raise InvalidRequest(
            "An agent's name begins with a lower-case letter and has only lower-case letters, digits and hyphens, at "
            "most 52, the last no hyphen; for example support-mail. What people read goes into display_name.",
            code="invalid_name",
            param="name",
        )
    return AgentId(workspace, wanted.name)


def _display_name(name: str | None) -> str | None:
    if name is None:
        return None
    plain = name.strip()
    if not plain or len(plain) > _LONGEST_DISPLAY_NAME or not plain.isprintable():
        raise InvalidRequest(
            f"display_name must have 1 to {_LONGEST_DISPLAY_NAME} printable characters.", param="display_name"
        )
    return plain


def _template(name: str | None) -> str | None:
    if name is not None and not _TEMPLATE.fullmatch(name):
        raise InvalidRequest("template is the name of an AgentTemplate, such as support-email.", param="template")
    return name
