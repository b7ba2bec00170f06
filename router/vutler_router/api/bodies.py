"""What callers send, as pydantic models; each becomes a value of the services. Unknown fields are ignored."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field, StringConstraints

from vutler_router.api.routing_bodies import RoutingBody
from vutler_router.domain.agent import ManagedBy
from vutler_router.domain.limits import Limits, OnExceeded
from vutler_router.domain.llm import ModelParameters
from vutler_router.domain.money import to_nanos
from vutler_router.services.agents import AgentPut, GatewayPut, NewAgent
from vutler_router.services.link_checks import LinkPut
from vutler_router.services.settings_builder import LlmPut

__all__ = ["AgentBody", "ChatBody", "LlmBody", "NewAgentBody", "Text"]

Name = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Text = Annotated[str, StringConstraints(max_length=4096)]
Requests = Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)]
Tokens = Annotated[int, Field(ge=1, le=10**15, strict=True)]

_LEAST_COST: Final = Decimal("0.000001")
"""USD; less is no budget but a mistake."""


class LinkBody(BaseModel):
    """One link of a chain."""

    provider: Name
    model: Text | None = None
    api_key: Text | None = Field(None, repr=False)
    custom_endpoint: Text | None = None

    def to_put(self) -> LinkPut:
        """Return the service's value."""
        return LinkPut(self.provider, self.model, self.api_key, self.custom_endpoint)


class ParametersBody(BaseModel):
    """Defaults for what a request leaves open."""

    temperature: float | None = Field(None, ge=0, le=2)
    max_tokens: int | None = Field(None, ge=1)
    top_p: float | None = Field(None, ge=0, le=1)

    def to_value(self) -> ModelParameters:
        """Return the domain's value."""
        return ModelParameters(self.temperature, self.max_tokens, self.top_p)


class LimitsBody(BaseModel):
    """Bounds on one agent, by the CRD's names; money in USD."""

    monthlyTokens: Tokens | None = None  # noqa: N815 - the CRD's name
    monthlyCost: Decimal | None = Field(None, ge=_LEAST_COST, le=10**6)  # noqa: N815 - the CRD's name
    requestsPerMinute: Requests | None = None  # noqa: N815 - the CRD's name
    tokensPerMinute: Tokens | None = None  # noqa: N815 - the CRD's name
    concurrency: Requests | None = None
    onExceeded: OnExceeded = OnExceeded.LOG  # noqa: N815 - the CRD's name

    def to_value(self) -> Limits:
        """Return the domain's value."""
        return Limits(
            monthly_tokens=self.monthlyTokens,
            monthly_cost=None if self.monthlyCost is None else to_nanos(self.monthlyCost),
            requests_per_minute=self.requestsPerMinute,
            tokens_per_minute=self.tokensPerMinute,
            concurrency=self.concurrency,
            on_exceeded=self.onExceeded,
        )


class LlmBody(BaseModel):
    """Model settings: a provider with its key and fallbacks, or `"managed": true` with a tier."""

    provider: Name | None = None
    model: Text | None = None
    api_key: Text | None = Field(None, repr=False)
    custom_endpoint: Text | None = None
    fallbacks: list[LinkBody] = []
    managed: bool = False
    tier: Name | None = None
    source: Text | None = None
    parameters: ParametersBody | None = None
    routing: RoutingBody | None = None
    limits: LimitsBody | None = None

    def to_put(self) -> LlmPut:
        """Return the service's value."""
        return LlmPut(
            links=() if self.managed else tuple(self._links()),
            tier=self.tier,
            source=self.source,
            parameters=(self.parameters or ParametersBody()).to_value(),
            routing=self.routing.to_value() if self.routing else None,
            limits=self.limits.to_value() if self.limits else None,
        )

    def _links(self) -> Iterator[LinkPut]:
        if self.provider is not None:
            yield LinkPut(self.provider, self.model, self.api_key, self.custom_endpoint)
            yield from (link.to_put() for link in self.fallbacks)


class GatewayBody(BaseModel):
    """How to reach the agent itself."""

    url: Text
    token: Text | None = Field(None, repr=False)


class NewAgentBody(BaseModel):
    """A new agent: an id, or a name to make one from."""

    id: Text | None = None
    name: Text | None = None
    workspace_id: Text | None = None
    display_name: Text | None = None
    template: Text | None = None

    def to_new(self) -> NewAgent:
        """Return the service's value."""
        return NewAgent(self.id, self.name, self.workspace_id, self.display_name, self.template)


class AgentBody(BaseModel):
    """An agent as the operator pushes it."""

    display_name: Text | None = None
    workspace_id: Text | None = None
    managed_by: ManagedBy | None = None
    token_sha256: Text | None = None
    running: bool | None = None
    gateway: GatewayBody | None = None
    tools: list[Name] | None = None
    delegates: list[Name] | None = None
    llm: LlmBody | None = None
    revision: Text | None = None

    def to_put(self) -> AgentPut:
        """Return the service's value."""
        return AgentPut(
            display_name=self.display_name,
            workspace_id=self.workspace_id,
            managed_by=self.managed_by,
            token_sha256=self.token_sha256,
            running=self.running,
            gateway=GatewayPut(self.gateway.url, self.gateway.token) if self.gateway else None,
            tools=None if self.tools is None else tuple(self.tools),
            delegates=None if self.delegates is None else tuple(self.delegates),
            llm=self.llm.to_put() if self.llm else None,
            revision=self.revision,
        )


class ChatBody(BaseModel):
    """One turn: `message`, or `messages` with the conversation so far."""

    message: str | None = Field(None, min_length=1)
    messages: list[dict[str, object]] | None = Field(None, min_length=1)
    stream: bool = False
    via: Literal["llm", "agent"] = "llm"
    user: Name | None = None
