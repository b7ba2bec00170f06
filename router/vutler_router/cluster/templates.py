"""AgentTemplates through the Kubernetes API."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from pydantic import BaseModel, Field
from typing_extensions import override

from vutler_router.cluster.answers import PAGE, ROOT, get, granted, parsed
from vutler_router.cluster.ports import ApiSender
from vutler_router.domain.agent_template import AgentTemplate, AgentTemplates

__all__ = ["KubernetesTemplates"]

_QUERY: Final = urlencode({"limit": str(PAGE)})


class KubernetesTemplates(AgentTemplates):
    """Lists a namespace's AgentTemplates, the first 500: nobody chooses among more. Needs `list` on them."""

    def __init__(self, sender: ApiSender) -> None:
        self._sender = sender

    @override
    async def of(self, namespace: str) -> Sequence[AgentTemplate]:
        answer = await get(self._sender, f"{ROOT}/namespaces/{namespace}/agenttemplates?{_QUERY}")
        found = parsed(_TemplateList, granted(answer), name="AgentTemplate")
        return [_template(one, namespace) for one in found.items]


class _Metadata(BaseModel):
    name: str


class _AgentPart(BaseModel):
    display_name: str | None = Field(None, alias="displayName")
    tools: tuple[str, ...] | None = None
    llm_config: _Metadata | None = Field(None, alias="llmConfigRef")


class _Spec(BaseModel):
    description: str = ""
    recommended_tier: str | None = Field(None, alias="recommendedTier")
    agent: _AgentPart = _AgentPart()


class _Template(BaseModel):
    metadata: _Metadata
    spec: _Spec


class _TemplateList(BaseModel):
    items: tuple[_Template, ...]


def _template(template: _Template, namespace: str) -> AgentTemplate:
    spec, agent = template.spec, template.spec.agent
    return AgentTemplate(
        name=template.metadata.name,
        namespace=namespace,
        description=spec.description,
        recommended_tier=spec.recommended_tier,
        display_name=agent.display_name,
        tools=agent.tools,
        llm_config=None if agent.llm_config is None else agent.llm_config.name,
    )
