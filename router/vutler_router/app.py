"""The router as one ASGI application: the hot path in front, the API behind it, both on one set of services."""

from importlib.metadata import version

from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from fastapi_offline import FastAPIOffline

from vutler_router.api import agents, chat, health, llm_config, models, usage
from vutler_router.api.description import describe
from vutler_router.api.edge import Edge
from vutler_router.api.errors import install_error_handlers
from vutler_router.container import Process, new_request_id
from vutler_router.hotpath.chat import CHAT_PATH, HotPath
from vutler_router.wire.asgi import App

__all__ = ["create_app"]


def create_app(process: Process) -> App:
    """Make the application around services that are open; whoever opened them closes them afterwards."""
    settings = process.settings
    api: FastAPI = FastAPIOffline(
        redoc_url=None,
        title="Vutler router",
        summary="The one door through which agents reach models",
        version=version("vutler"),
    )
    api.state.process = process
    for module in (agents, chat, llm_config, usage, models, health):
        api.include_router(module.router)
    api.add_api_route("/", _root, include_in_schema=False)
    install_error_handlers(api)
    describe(api, CHAT_PATH)
    return HotPath(
        Edge(api, new_request_id, settings.max_body_bytes),
        process,
        new_request_id,
        max_body=settings.max_body_bytes,
        max_concurrency=settings.max_concurrency,
    )


async def _root() -> RedirectResponse:
    return RedirectResponse("/docs")
