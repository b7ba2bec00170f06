"""The router as one ASGI application: the hot path in front, the API behind it, both on one set of services."""

from importlib.metadata import version
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from fastapi_offline import FastAPIOffline

from vutler_router.api import (
    agents,
    alerts,
    asks,
    audit,
    breakers,
    channels,
    chat,
    drive,
    health,
    hooks,
    llm_config,
    mail,
    mail_hook,
    models,
    oidc,
    providers,
    resources,
    routing,
    running,
    session,
    usage,
)
from vutler_router.api.dashboard import Dashboard, first_parts
from vutler_router.api.description import describe
from vutler_router.api.drive import UPLOAD_PATH
from vutler_router.api.edge import Edge
from vutler_router.api.errors import install_error_handlers
from vutler_router.api.site import Site
from vutler_router.container import Process, new_request_id
from vutler_router.hotpath.model_requests import HotPath
from vutler_router.mcp_server.building import build_toolbox
from vutler_router.mcp_server.edge import McpEdge
from vutler_router.wire.asgi import App

__all__ = ["create_app"]

_MODULES: Final = (
    running,
    resources,
    agents,
    chat,
    asks,
    llm_config,
    breakers,
    providers,
    routing,
    usage,
    alerts,
    audit,
    channels,
    hooks,
    mail,
    mail_hook,
    drive,
    models,
    session,
    oidc,
    health,
)
"""In the order in which their paths are tried."""


def create_app(process: Process) -> App:
    """Make the application around services that are open; whoever opened them closes them afterwards.

    Raises:
        BrokenFile: The folder of the dashboard cannot be used.
    """
    api: FastAPI = FastAPIOffline(
        redoc_url=None,
        title="Vutler router",
        summary="The one door through which agents reach models",
        version=version("vutler"),
    )
    api.state.process = process
    for module in _MODULES:
        api.include_router(module.router)
    install_error_handlers(api)
    describe(api)
    app = _with_dashboard(api, process.settings.ui_dir)
    edge = Edge(app, new_request_id, process.settings.max_body_bytes, streamed={UPLOAD_PATH})
    tools = McpEdge(edge, process, build_toolbox(process), new_request_id, api.version)
    return HotPath(tools, process, new_request_id)


def _with_dashboard(api: FastAPI, folder: Path | None) -> App:
    """Put the dashboard in front of the API; without one, the front door leads to the documentation."""
    if folder is None:
        api.add_api_route("/", _root, include_in_schema=False)
        return api
    routes = (*api.routes, *(route for module in _MODULES for route in module.router.routes))
    return Dashboard(api, Site.read(folder), taken=first_parts(routes))


async def _root() -> RedirectResponse:
    return RedirectResponse("/docs")
