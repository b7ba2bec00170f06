"""What a caller of the platform's tools may see."""

from typing import Annotated

from fastapi import Depends, Query, Request

from vutler_router.container import Process
from vutler_router.dependencies import KnownCaller, ProcessDep, verb_of
from vutler_router.domain.caller import AdminCaller, AgentCaller, Caller, UserCaller
from vutler_router.domain.cluster_accounts import Verb
from vutler_router.domain.scope import Scope
from vutler_router.errors import Forbidden
from vutler_router.services.access import AGENT_REFUSED

__all__ = ["CallerScope", "KeeperScope", "scope_in"]

Workspace = Annotated[str | None, Query(description="Whose; people must name it where no full id does.")]


async def scope_in(process: Process, caller: Caller, workspace: str | None, verb: Verb) -> Scope:
    """Return the caller's scope: an agent has its workspace, a person the one they name, the administrator all.

    Raises:
        InvalidRequest: A person named none.
        Forbidden: They may not do this with its agents.
        ClusterUnavailable: The API server cannot be asked.
    """
    match caller:
        case AgentCaller(agent):
            return Scope.of(agent)
        case AdminCaller():
            return Scope()
        case UserCaller():
            named = await process.access.to_named_workspace(caller, workspace, verb)
            return Scope(named, person=caller.name)


async def get_scope(
    request: Request, process: ProcessDep, caller: KnownCaller, workspace_id: Workspace = None
) -> Scope:
    """Return the scope for a request; see `scope_in` for what it raises."""
    return await scope_in(process, caller, workspace_id or _workspace_in(request), verb_of(request))


CallerScope = Annotated[Scope, Depends(get_scope)]


async def get_keeper_scope(
    request: Request, process: ProcessDep, caller: KnownCaller, workspace_id: Workspace = None
) -> Scope:
    """Return the scope of who may change a workspace's agents; no agent's. See `scope_in` for what it raises."""
    if isinstance(caller, AgentCaller):
        raise Forbidden(AGENT_REFUSED)
    return await scope_in(process, caller, workspace_id or _workspace_in(request), Verb.UPDATE)


KeeperScope = Annotated[Scope, Depends(get_keeper_scope)]


def _workspace_in(request: Request) -> str:
    """Return the workspace in a channel's full id, `team-a.general`; nothing where the path holds none."""
    channel: str = request.path_params.get("channel_id", "")
    return channel.removeprefix("#").rpartition(".")[0]
