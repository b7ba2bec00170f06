"""What the edges ask before anything else: who is calling, and what may they see.

All are coroutines, also those that wait for nothing: the framework would run plain functions in threads.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import Depends, Request

from vutler_router.container import Process
from vutler_router.domain.caller import AdminCaller, Caller, UserCaller
from vutler_router.domain.cluster_accounts import Verb
from vutler_router.errors import Forbidden
from vutler_router.services.access import AGENT_REFUSED
from vutler_router.services.sessions import OpenSession
from vutler_router.wire.browsers import cookie_of, expect_own_page, expect_token

__all__ = [
    "Admin",
    "ChangeableAgent",
    "DeletableAgent",
    "KnownCaller",
    "ListableWorkspace",
    "ProcessDep",
    "ReadableAgent",
    "SessionDep",
    "TalkableAgent",
    "verb_of",
]

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def verb_of(request: Request) -> Verb:
    """Return what people need to be allowed to do with a workspace's Agents for a request about its other things."""
    return Verb.LIST if request.method in _READING else Verb.UPDATE


async def get_process(request: Request) -> Process:
    """Return the process's singletons."""
    process: Process = request.app.state.process
    return process


ProcessDep = Annotated[Process, Depends(get_process)]


async def get_session(request: Request, process: ProcessDep) -> OpenSession | None:
    """Return the session of a browser's cookie; None where a token came, which counts alone, or no cookie.

    Raises:
        Unauthenticated: It has ended.
        Forbidden: It is used for a change that no page of ours sent.
    """
    headers = request.headers
    secret = None if "authorization" in headers or "x-api-key" in headers else cookie_of(headers)
    if secret is None:
        return None
    session = await process.sessions.find(secret)
    if request.method not in _READING:
        expect_own_page(headers)
        expect_token(headers, session.csrf)
    return session


SessionDep = Annotated[OpenSession | None, Depends(get_session)]


async def get_caller(request: Request, process: ProcessDep, session: SessionDep) -> Caller:
    """Return who is calling, by a session, a bearer token or, as Anthropic's clients send it, a key.

    Raises:
        Unauthenticated: There is none of them, or nobody holds it.
    """
    if session is not None:
        return session.caller
    key = request.headers.get("x-api-key")
    return process.callers.identify(request.headers.get("authorization") or (key and f"Bearer {key}"))


KnownCaller = Annotated[Caller, Depends(get_caller)]


async def require_admin(caller: KnownCaller) -> AdminCaller:
    """Let only the administrator pass. Raises `Forbidden`."""
    match caller:
        case AdminCaller():
            return caller
        case UserCaller():
            raise Forbidden("Only an administrator may do this; sign in with the admin token.")
        case _:
            raise Forbidden(AGENT_REFUSED)


Admin = Annotated[AdminCaller, Depends(require_admin)]


def _agent_for(verb: Verb, *, agents_own: bool = False) -> Callable[..., Awaitable[str]]:
    """Make what returns an agent's full id to who may do this with it; see `Access.to_agent` for what it raises."""

    async def require(agent_id: str, caller: KnownCaller, process: ProcessDep) -> str:
        return await process.access.to_agent(caller, agent_id, verb, agents_own=agents_own)

    return require


ReadableAgent = Annotated[str, Depends(_agent_for(Verb.GET, agents_own=True))]
TalkableAgent = Annotated[str, Depends(_agent_for(Verb.UPDATE, agents_own=True))]
"""Talking spends tokens and lets the agent act, so that people need the right to change it."""

ChangeableAgent = Annotated[str, Depends(_agent_for(Verb.UPDATE))]
DeletableAgent = Annotated[str, Depends(_agent_for(Verb.DELETE))]


async def require_listable(caller: KnownCaller, process: ProcessDep, workspace_id: str | None = None) -> str | None:
    """Return the workspace that was asked for if the caller may list its agents; None stands for all of them.

    Raises:
        Forbidden: They may not, or an agent asks.
    """
    await process.access.to_workspace(caller, workspace_id, Verb.LIST)
    return workspace_id


ListableWorkspace = Annotated[str | None, Depends(require_listable)]
