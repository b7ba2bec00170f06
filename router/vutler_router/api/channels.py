"""Channels: what is said in a workspace, to read, to write and to follow."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse

from vutler_router.api.channel_bodies import ChannelBody, HookBody, MessageBody
from vutler_router.api.scopes import CallerScope, KeeperScope, scope_in
from vutler_router.dependencies import KnownCaller, ProcessDep
from vutler_router.domain.channel import Channel, Message
from vutler_router.domain.cluster_accounts import Verb
from vutler_router.domain.llm_json import JsonObject
from vutler_router.domain.scope import Scope
from vutler_router.errors import InvalidRequest, StorageError
from vutler_router.services.channels.feed import ChannelFeed
from vutler_router.services.channels.views import channel_view, hook_view, message_view
from vutler_router.wire.faults import fault_of

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/channels", tags=["channels"])

Limit = Annotated[int, Query(ge=1, le=200)]
Number = Annotated[int | None, Query(ge=0, le=10**15)]
LastEventId = Annotated[str | None, Header(description="The id of the last event that a follower has seen.")]

_EVENTS: Final = "text/event-stream"


@router.get("", summary="List the channels of a workspace")
async def list_channels(
    process: ProcessDep, scope: CallerScope, workspace_id: str | None = None, limit: Limit = 200, cursor: str = ""
) -> JsonObject:
    """List channels by id: an agent those of its workspace, people those of one, the administrator of one or all."""
    if scope.workspace_id is None:
        scope = Scope(workspace_id)
    page = await process.chat.service.channels(scope, limit=limit, cursor=cursor or None)
    return {"channels": [channel_view(channel) for channel in page.channels], "next_cursor": page.next_cursor}


@router.post("", status_code=201, summary="Create a channel")
async def create_channel(body: ChannelBody, process: ProcessDep, caller: KnownCaller) -> JsonObject:
    """Create a channel in the caller's workspace; people name one."""
    scope = await scope_in(process, caller, body.workspace_id, Verb.UPDATE)
    return channel_view(await process.chat.service.create(scope, body.name, workspace_id=body.workspace_id))


@router.delete("/{channel_id}", status_code=204, summary="Delete a channel with its messages and webhooks")
async def delete_channel(channel_id: str, process: ProcessDep, scope: CallerScope) -> Response:
    """Delete a channel."""
    await process.chat.service.delete(scope, channel_id)
    return Response(status_code=204)


@router.get("/{channel_id}/messages", summary="Read messages, the oldest of a page first")
async def read_messages(
    channel_id: str,
    process: ProcessDep,
    scope: CallerScope,
    limit: Limit = 50,
    after: Number = None,
    before: Number = None,
) -> JsonObject:
    """Read the newest messages, those `after` one, or the last ones `before` one.

    `next_cursor` is for the same parameter: `after` where it was given, else `before`.
    """
    channel = await process.chat.service.find(scope, channel_id)
    page = await process.chat.service.read(scope, channel.id, limit=limit, after=after, before=before)
    edge = page.messages[-1 if after is not None else 0].number if page.more else None
    return {
        "messages": [message_view(channel, message) for message in page.messages],
        "next_cursor": None if edge is None else str(edge),
    }


@router.post("/{channel_id}/messages", status_code=201, summary="Post a message; agents that it mentions answer")
async def post_message(channel_id: str, body: MessageBody, process: ProcessDep, scope: CallerScope) -> JsonObject:
    """Post as the agent or person who calls; the administrator posts for a person."""
    channel = await process.chat.service.find(scope, channel_id)
    return message_view(channel, await process.chat.service.post(scope, channel.id, body.text, author=body.author))


@router.get(
    "/{channel_id}/events",
    summary="Follow a channel by server-sent events",
    response_class=Response,
    responses={200: {"content": {_EVENTS: {"schema": {"type": "string"}}}}},
)
async def follow_channel(
    channel_id: str,
    process: ProcessDep,
    scope: CallerScope,
    after: Number = None,
    last_event_id: LastEventId = None,
) -> Response:
    """Send an event `message` for each new message, or each behind the one that was seen last."""
    channel = await process.chat.service.find(scope, channel_id)
    seen = _number(last_event_id) if last_event_id else after
    feed = process.chat.feed
    start = await feed.start(channel, seen)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(_events(feed, channel, start), media_type=_EVENTS, headers=headers)


@router.get("/{channel_id}/hooks", summary="List a channel's webhooks")
async def list_hooks(channel_id: str, process: ProcessDep, scope: KeeperScope) -> JsonObject:
    """List webhooks without their addresses and secrets."""
    channel = await process.chat.service.find(scope, channel_id)
    return {"hooks": [hook_view(hook) for hook in await process.chat.hooks.of(channel)], "next_cursor": None}


@router.post("/{channel_id}/hooks", status_code=201, summary="Create a webhook into a channel or out of it")
async def create_hook(channel_id: str, body: HookBody, process: ProcessDep, scope: KeeperScope) -> JsonObject:
    """Create a webhook; the address of an incoming one is shown this once."""
    channel = await process.chat.service.find(scope, channel_id)
    opened = await process.chat.hooks.add(channel, body.to_new())
    address = {} if opened.token is None else {"token": opened.token, "path": f"/api/v1/hooks/chat/{opened.token}"}
    return {**hook_view(opened.hook), **address}


@router.delete("/{channel_id}/hooks/{hook_id}", status_code=204, summary="Delete a webhook")
async def delete_hook(channel_id: str, hook_id: str, process: ProcessDep, scope: KeeperScope) -> Response:
    """Delete a webhook; an incoming one's address stops working at once."""
    channel = await process.chat.service.find(scope, channel_id)
    await process.chat.hooks.remove(channel, hook_id)
    return Response(status_code=204)


async def _events(feed: ChannelFeed, channel: Channel, after: int) -> AsyncIterator[bytes]:
    """Encode messages as events, silence as comments, and a failure as a last event."""
    yield b": following\n\n"
    try:
        async for messages in feed.follow(channel, after):
            yield _encoded(channel, messages)
    except StorageError as error:
        yield b"event: error\ndata: %b\n\n" % fault_of(error).body


def _encoded(channel: Channel, messages: Sequence[Message]) -> bytes:
    events = (
        b"id: %d\nevent: message\ndata: %b\n\n" % (message.number, orjson.dumps(message_view(channel, message)))
        for message in messages
    )
    return b"".join(events) or b": alive\n\n"


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 15:  # noqa: PLR2004 - more digits than messages can have
        raise InvalidRequest("Last-Event-ID is the id of a message, a whole number.", param="Last-Event-ID")
    return int(text)
