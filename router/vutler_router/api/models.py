"""What an agent may ask for."""

from fastapi import APIRouter

from vutler_router.dependencies import KnownCaller, ProcessDep
from vutler_router.domain.caller import AgentCaller
from vutler_router.domain.llm_json import JsonObject
from vutler_router.domain.money import to_usd
from vutler_router.errors import Forbidden
from vutler_router.metering.prices import ModelPrice
from vutler_router.providers.model_request import ROUTER_MODEL
from vutler_router.routing.catalog import ModelFacts

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["models"])


@router.get("/models", summary="The models an agent may ask for, with their limits, capabilities and price")
async def list_models(process: ProcessDep, caller: KnownCaller) -> JsonObject:
    """List the agent's models in OpenAI's form; `router` leaves the choice to the router.

    Limits, prices and capabilities that are unknown are null or not listed.
    """
    if not isinstance(caller, AgentCaller):
        raise Forbidden("Models belong to an agent: ask with its token.")
    targets = dict.fromkeys((target.provider, target.model) for target in process.models.available(caller.agent))
    entries = [
        _entry(model, provider.value, process.catalogue.find(provider, model), process.prices.find(provider, model))
        for provider, model in targets
    ]
    return {"object": "list", "data": [_entry(ROUTER_MODEL, "vutler", None, None), *entries]}


def _entry(name: str, owner: str, facts: ModelFacts | None, price: ModelPrice | None) -> JsonObject:
    return {
        "id": name,
        "object": "model",
        "created": 0,
        "owned_by": owner,
        "context_window": facts and facts.context_window,
        "max_output_tokens": facts and facts.max_output_tokens,
        "capabilities": sorted(facts.capabilities) if facts else [],
        "pricing": price and _pricing(price),
    }


def _pricing(price: ModelPrice) -> JsonObject:
    return {
        "unit": "USD per 1M tokens",
        "input": to_usd(price.rates.input),
        "output": to_usd(price.rates.output),
        "cached_input": to_usd(price.rates.cached_read),
    }
