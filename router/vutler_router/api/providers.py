"""What providers say of keys and models, and which keys they refuse."""

from dataclasses import asdict

from fastapi import APIRouter

from vutler_router.dependencies import Admin, ProcessDep
from vutler_router.domain.llm_json import JsonObject

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["models"])


@router.get("/key-troubles", summary="Keys of users that their providers refuse, or that are out of credits")
async def key_troubles(process: ProcessDep, _admin: Admin) -> JsonObject:
    """List every agent whose own key is refused now, with the LLMConfig that the key comes from."""
    troubles = [
        {**asdict(trouble), "since": trouble.since and trouble.since.isoformat()}
        for trouble in process.key_troubles.all()
    ]
    return {"key_troubles": troubles, "next_cursor": None}


@router.get("/providers/openrouter/credits", summary="What is left of a key of OpenRouter, in USD")
async def openrouter_credits(process: ProcessDep, _admin: Admin, agent_id: str | None = None) -> JsonObject:
    """Ask OpenRouter about the platform's key, or with `agent_id` about an agent's own."""
    agent = None if agent_id is None else process.directory.get(agent_id)
    return asdict(await process.openrouter.credits(agent))


@router.get("/providers/openrouter/models", summary="The models that OpenRouter lists, with their prices")
async def openrouter_models(process: ProcessDep, _admin: Admin) -> JsonObject:
    """List OpenRouter's models; prices in USD for a million tokens, null where they vary."""
    models = [
        {
            "id": model.id,
            "name": model.name,
            "context_window": model.context_length,
            "pricing": {"unit": "USD per 1M tokens", "input": model.input, "output": model.output},
        }
        for model in await process.openrouter.models()
    ]
    return {"models": models, "next_cursor": None}
