"""Which model answers an agent."""

from dataclasses import asdict

from fastapi import APIRouter

from vutler_router.api.bodies import LlmBody
from vutler_router.dependencies import ChangeableAgent, ProcessDep, ReadableAgent
from vutler_router.domain.llm_json import JsonObject
from vutler_router.services.views import llm_view

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/agents/{agent_id}", tags=["model settings"])


@router.get("/llm-config", summary="Show model settings; hasKey in place of keys")
async def show_llm_config(agent_id: ReadableAgent, process: ProcessDep) -> JsonObject:
    """Show which model answers."""
    return llm_view(await process.model_settings.get(agent_id))


@router.put("/llm-config", summary="Change model settings")
async def put_llm_config(agent_id: ChangeableAgent, body: LlmBody, process: ProcessDep) -> JsonObject:
    """Change which model answers; it holds from the next request on."""
    return llm_view(await process.model_settings.put(agent_id, body.to_put()))


@router.post("/llm-test", summary="Try the provider for real")
async def try_llm(agent_id: ChangeableAgent, process: ProcessDep) -> JsonObject:
    """Send the agent's first model one short request."""
    trial = await process.trial.run(process.directory.get(agent_id))
    return {
        "ok": trial.ok,
        "latency_ms": trial.latency_ms,
        "provider": trial.provider,
        "model": trial.model,
        "error": trial.error or None,
        "code": trial.code or None,
        "credits": trial.credits and asdict(trial.credits),
    }
