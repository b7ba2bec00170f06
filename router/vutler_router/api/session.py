"""Signing in and out, for browsers."""

from datetime import UTC, datetime
from math import ceil
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from vutler_router.container import Process
from vutler_router.dependencies import KnownCaller, ProcessDep, SessionDep
from vutler_router.domain.caller import AdminCaller, AgentCaller, Caller, UserCaller
from vutler_router.domain.llm_json import JsonObject
from vutler_router.errors import Forbidden
from vutler_router.services.sessions import OpenSession
from vutler_router.wire.browsers import cookie_of, expect_own_page, is_secure, remote_address, session_cookie

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/session", tags=["session"])

_LONGEST_NAME: Final = 63

_SESSION: Final[dict[str, object]] = {
    "name": "system:serviceaccount:team-a:ana",
    "kind": "user",
    "namespaces": ["team-a"],
    "csrf": "0f3c…",
    "expires_at": "2026-11-18T23:00:00+00:00",
}


def _answers(status: int, description: str, example: object) -> dict[int | str, dict[str, Any]]:
    return {status: {"description": description, "content": {"application/json": {"example": example}}}}


_SIGNED_IN: Final[dict[int | str, dict[str, Any]]] = {
    **_answers(201, "Signed in; the cookie is set.", _SESSION),
    401: {"description": "Nobody holds this token."},
    429: {"description": "Too many attempts from this address failed; try again after `Retry-After` seconds."},
    503: {"description": "The Kubernetes API server cannot be asked; the admin token works all the same."},
}


class SignInBody(BaseModel):
    """What somebody signs in with."""

    token: str = Field(
        "", repr=False, max_length=16_384, description="The admin token, or a bearer token of the cluster."
    )


@router.post("", status_code=201, summary="Sign in; the session is a cookie", responses=_SIGNED_IN)
async def sign_in(body: SignInBody, request: Request, response: Response, process: ProcessDep) -> JsonObject:
    """Take a token once. Send `csrf` as `x-vutler-csrf` with every change, that is with all but GET."""
    expect_own_page(request.headers)
    peer = request.client.host if request.client else None
    address = remote_address(request.headers, peer, process.settings.trusted_proxies)
    opened = await process.sessions.sign_in(body.token, address)
    former = cookie_of(request.headers)
    if former is not None:
        await process.sessions.sign_out(former)
    seconds = ceil((opened.until - datetime.now(UTC)).total_seconds())
    response.headers["set-cookie"] = session_cookie(opened.secret, seconds, secure=is_secure(request.headers))
    response.headers["cache-control"] = "no-store"
    return await _view(process, opened.caller, opened)


@router.get("", summary="Say who is signed in", responses=_answers(200, "Who, and what they may see", _SESSION))
async def who_am_i(process: ProcessDep, caller: KnownCaller, session: SessionDep, response: Response) -> JsonObject:
    """Name the caller, and the namespaces with agents whose Agents they may list, or `all`."""
    response.headers["cache-control"] = "no-store"
    return await _view(process, caller, session)


@router.get("/ways", summary="Say how one may sign in; open to everybody")
async def ways(process: ProcessDep) -> JsonObject:
    """Tell a sign-in page what to offer: a token always, `oidc` where an identity provider is set up."""
    return {"token": True, "oidc": process.identity_provider.is_set_up}


@router.get("/permissions", summary="Say what one may do with the agents of a namespace")
async def permissions(
    process: ProcessDep, caller: KnownCaller, workspace_id: Annotated[str, Query(max_length=_LONGEST_NAME)]
) -> JsonObject:
    """List the verbs that hold for all Agents of the namespace: get, list, create, update, delete."""
    return {"workspace_id": workspace_id, "verbs": list(await process.access.verbs(caller, workspace_id))}


@router.delete("", status_code=204, summary="Sign out")
async def sign_out(process: ProcessDep, _caller: KnownCaller, session: SessionDep, request: Request) -> Response:
    """End the session in all router processes at once; there is nothing to end for who comes with a token."""
    if session is not None:
        await process.sessions.sign_out(session.secret)
    forgotten = session_cookie("", 0, secure=is_secure(request.headers))
    return Response(status_code=204, headers={"set-cookie": forgotten})


async def _view(process: Process, caller: Caller, session: OpenSession | None) -> JsonObject:
    match caller:
        case AdminCaller():
            name, kind, namespaces = "admin", "admin", None
        case UserCaller():
            name, kind, namespaces = caller.name, "user", await process.access.workspaces(caller)
        case AgentCaller():
            raise Forbidden("An agent has no session; its token is enough.")
    return {
        "name": name,
        "kind": kind,
        "namespaces": "all" if namespaces is None else sorted(namespaces),
        "csrf": session and session.csrf,
        "expires_at": session and session.until.isoformat(),
    }
