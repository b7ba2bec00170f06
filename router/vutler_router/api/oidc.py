"""The way to an identity provider and back, for browsers."""

from datetime import UTC, datetime
from math import ceil
from typing import Final

import structlog
from fastapi import APIRouter, Request, Response

from vutler_router.dependencies import ProcessDep
from vutler_router.errors import RouterError
from vutler_router.wire.browsers import journey_cookie, journey_of, remote_address, session_cookie

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/session/oidc", tags=["session"], include_in_schema=False)

_JOURNEY_SECONDS: Final = 600
"""How long somebody may take at the provider."""

_log = structlog.get_logger(__name__)


@router.get("")
async def leave(process: ProcessDep) -> Response:
    """Send a browser to the provider."""
    try:
        place, sealed = await process.identity_provider.begin()
    except RouterError as error:
        return _failed(error)
    secure = _is_secure(process)
    return _sent(place, journey_cookie(sealed, _JOURNEY_SECONDS, secure=secure))


@router.get("/callback")
async def come_back(process: ProcessDep, request: Request, code: str = "", state: str = "") -> Response:
    """Take a browser back, signed in; what went wrong is named behind the `#` of the front page."""
    secure = _is_secure(process)
    peer = request.client.host if request.client else None
    address = remote_address(request.headers, peer, process.settings.trusted_proxies)
    try:
        user = await process.identity_provider.finish(journey_of(request.headers, secure=secure), state, code)
        opened = await process.sessions.open(user, address)
    except RouterError as error:
        return _failed(error, journey_cookie("", 0, secure=secure))
    seconds = ceil((opened.until - datetime.now(UTC)).total_seconds())
    return _sent("/", journey_cookie("", 0, secure=secure), session_cookie(opened.secret, seconds, secure=secure))


def _is_secure(process: ProcessDep) -> bool:
    return (process.settings.public_url or "").startswith("https://")


def _failed(error: RouterError, *cookies: str) -> Response:
    _log.info("sign-in by the identity provider failed", code=error.code, error=error.message)
    return _sent(f"/#sign-in-failed={error.code}", *cookies)


def _sent(place: str, *cookies: str) -> Response:
    response = Response(status_code=303, headers={"location": place, "cache-control": "no-store"})
    for cookie in cookies:
        response.headers.append("set-cookie", cookie)
    return response
