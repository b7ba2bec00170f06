"""What the edges ask before anything else: who is calling, and what may they see.

All are coroutines though they wait for nothing: the framework would run plain functions in threads.
"""

from typing import Annotated

from fastapi import Depends, Request

from vutler_router.container import Process
from vutler_router.domain.caller import AdminCaller, AgentCaller, Caller
from vutler_router.domain.identifiers import AgentId
from vutler_router.errors import Forbidden, InvalidRequest, NotFound

__all__ = ["Admin", "KnownCaller", "ProcessDep", "VisibleAgent"]


async def get_process(request: Request) -> Process:
    """Return the process's singletons."""
    process: Process = request.app.state.process
    return process


ProcessDep = Annotated[Process, Depends(get_process)]


async def get_caller(request: Request, process: ProcessDep) -> Caller:
    """Return who is calling, by a bearer token or, as Anthropic's clients send it, a key. Raises `Unauthenticated`."""
    key = request.headers.get("x-api-key")
    return process.callers.identify(request.headers.get("authorization") or (key and f"Bearer {key}"))


KnownCaller = Annotated[Caller, Depends(get_caller)]


async def require_admin(caller: KnownCaller) -> AdminCaller:
    """Let only the administrator pass. Raises `Forbidden`."""
    if isinstance(caller, AdminCaller):
        return caller
    raise Forbidden("Only the administrator may do this; an agent's token is for its own models, tools and usage.")


Admin = Annotated[AdminCaller, Depends(require_admin)]


async def require_visible(agent_id: str, caller: KnownCaller) -> str:
    """Return the agent's full id if the caller may see it. Raises `NotFound`, so that nobody can guess names."""
    try:
        found = str(AgentId.parse(agent_id))
    except InvalidRequest:
        raise NotFound("There is no agent of that id.", code="agent_not_found") from None
    if isinstance(caller, AgentCaller) and caller.agent.id != found:
        raise NotFound(f"There is no agent {found}.", code="agent_not_found")
    return found


VisibleAgent = Annotated[str, Depends(require_visible)]
