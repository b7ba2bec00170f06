"""What an agent may ask for."""

from fastapi import APIRouter

from vutler_router.dependencies import KnownCaller, ProcessDep
from vutler_router.domain.caller import AgentCaller
from vutler_router.domain.llm_json import JsonObject
from vutler_router.domain.money import to_usd
from vutler_router.errors import Forbidden
from vutler_router.metering.prices import PriceTable
from vutler_router.providers.chat_request import ROUTER_MODEL
from vutler_router.providers.target import Target
from vutler_router.routing.catalog import context_window

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["models"])


@router.get("/models", summary="The models an agent may ask for, with context window and price")
async def list_models(process: ProcessDep, caller: KnownCaller) -> JsonObject:
    """List the agent's models in OpenAI's form; `router` leaves the choice to the router."""
    if not isinstance(caller, AgentCaller):
        raise Forbidden("Models belong to an agent: ask with its token.")
    targets = {(t.provider, t.model): t for t in process.chat.available(caller.agent)}.values()
    entries = [_entry(target, process.prices) for target in targets]
    return {"object": "list", "data": [{"id": ROUTER_MODEL, "owned_by": "vutler", **_FIXED}, *entries]}


_FIXED: JsonObject = {"object": "model", "created": 0}


def _entry(target: Target, prices: PriceTable) -> JsonObject:
    price = prices.find(target.provider, target.model)
    return {
        "id": target.model,
        "owned_by": target.provider.value,
        **_FIXED,
        "context_window": context_window(target.provider, target.model),
        "pricing": price
        and {
            "unit": "USD per 1M tokens",
            "input": to_usd(price.rates.input),
            "output": to_usd(price.rates.output),
            "cached_input": to_usd(price.rates.cached_read),
        },
    }
