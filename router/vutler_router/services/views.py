"""What callers get to see of an agent, everything but its secrets, and of what its answers took."""

from vutler_router.domain.agent import Agent
from vutler_router.domain.llm import ChainLink, LlmSettings
from vutler_router.domain.llm_json import JsonObject, limits_json, parameters_json, routing_json
from vutler_router.domain.usage import TokenCounts
from vutler_router.routing.breaker import BreakerView
from vutler_router.services.agent_life import AgentLife

__all__ = ["agent_mark", "agent_view", "breaker_view", "counts_view", "life_view", "llm_view"]


def agent_view(agent: Agent) -> JsonObject:
    """Show an agent, with `hasKey` and `hasToken` in place of secrets."""
    gateway = agent.gateway
    return {
        "id": agent.id,
        "workspace_id": agent.workspace_id,
        "display_name": agent.display_name,
        "managed_by": agent.managed_by.value,
        "running": agent.running,
        "template": agent.template,
        "tools": list(agent.tools),
        "delegates": list(agent.delegates),
        "gateway": None if gateway is None else {"url": gateway.url, "hasToken": gateway.token is not None},
        "llm": None if agent.llm is None else llm_view(agent.llm),
        "revision": agent.revision,
        "created_at": agent.created_at.isoformat(),
        "updated_at": agent.updated_at.isoformat(),
    }


def agent_mark(agent: Agent) -> JsonObject:
    """Show what tells the operator whether an agent is as it pushed it."""
    return {"id": agent.id, "managed_by": agent.managed_by.value, "revision": agent.revision}


def llm_view(settings: LlmSettings | None) -> JsonObject:
    """Show model settings; without any, the same names with nothing in them."""
    settings = settings or LlmSettings()
    shown: JsonObject = {
        "managed": settings.managed,
        "source": settings.source,
        "parameters": parameters_json(settings.parameters),
        "routing": routing_json(settings.routing),
        "limits": limits_json(settings.limits),
    }
    if settings.tier is not None:
        return {**shown, "tier": settings.tier}
    primary, *fallbacks = (_link_view(link) for link in settings.chain) if settings.chain else (_NO_LINK,)
    return {**shown, **primary, "fallbacks": fallbacks}


_NO_LINK: JsonObject = {"provider": None, "model": None, "hasKey": False, "custom_endpoint": None}


def _link_view(link: ChainLink) -> JsonObject:
    """Show one link of a chain."""
    return {
        "provider": link.provider.value,
        "model": link.model,
        "hasKey": link.key is not None,
        "custom_endpoint": link.endpoint,
    }


def life_view(life: AgentLife) -> JsonObject:
    """Show how an agent is."""
    return {
        "agent_id": life.agent_id,
        "status": life.status.value,
        "running": life.running,
        "live": life.live,
        "ready": life.ready,
        "phase": life.phase,
        "reason": life.reason,
        "message": life.message,
        "since": life.since and life.since.isoformat(),
    }


def breaker_view(breaker: BreakerView) -> JsonObject:
    """Show a breaker; the credential is a hash, which tells keys apart and gives none away."""
    provider, model, credential = breaker.key
    return {
        "provider": provider,
        "model": model,
        "credential": credential,
        "state": breaker.state.value,
        "failures": breaker.failures,
        "reason": breaker.reason,
        "code": breaker.code,
        "opened_at": breaker.opened_at and breaker.opened_at.isoformat(),
        "reopens_at": breaker.reopens_at and breaker.reopens_at.isoformat(),
    }


def counts_view(usage: TokenCounts | None) -> JsonObject | None:
    """Show tokens; None where nobody counted."""
    if usage is None:
        return None
    return {"tokens_input": usage.input, "tokens_output": usage.output, "tokens_total": usage.total}
