"""Addresses to which other systems post; each proves by its own means that it may."""

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from vutler_router.dependencies import ProcessDep
from vutler_router.services.channels.foreign import read_post

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/hooks", tags=["webhooks"])

_POST: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string", "minLength": 1}, "username": {"type": "string"}},
}
_FORM: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"payload": {"type": "string"}, "text": {"type": "string"}, "user_name": {"type": "string"}},
}
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": _POST},
            "application/x-www-form-urlencoded": {"schema": _FORM},
        },
    }
}


@router.post(
    "/chat/{token}",
    summary="Post to a channel as Slack, Rocket.Chat and their kind do",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    openapi_extra=_BODY,
)
async def post_to_channel(token: str, request: Request, process: ProcessDep) -> Response:
    """Say in the webhook's channel what was posted: JSON with `text`, a form with `payload`, or a form with `text`."""
    body, kind = await request.body(), request.headers.get("content-type", "")
    await process.chat.hooks.receive(token, lambda: read_post(kind, body))
    return Response("ok", media_type="text/plain; charset=utf-8")
