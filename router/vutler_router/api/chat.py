"""One turn with an agent, for people and programs."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import orjson
from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from vutler_router.api.bodies import ChatBody
from vutler_router.dependencies import ProcessDep, TalkableAgent
from vutler_router.domain.llm_json import JsonObject
from vutler_router.domain.money import to_usd
from vutler_router.errors import InvalidRequest, RouterError
from vutler_router.providers.sse import encode_event
from vutler_router.services.agent_chat import Pieces, Spoken, Turn, Via
from vutler_router.services.views import counts_view
from vutler_router.wire.faults import fault_of

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/agents/{agent_id}", tags=["chat"])


@router.post("/chat", summary="Say something to an agent, or to its model", response_model=None)
async def chat(agent_id: TalkableAgent, body: ChatBody, process: ProcessDep) -> JsonObject | Response:
    """Answer whole, or as server-sent events: `{"delta"}` for each piece, then everything, then `[DONE]`."""
    agent, turn = process.directory.get(agent_id), _turn(body)
    if not body.stream:
        return _view(await process.agent_chat.ask(agent, turn))
    opened = process.agent_chat.stream(agent, turn)
    pieces = await opened.__aenter__()  # before the status is sent, so that a failure still has one
    return StreamingResponse(_events(opened, pieces), media_type="text/event-stream")


async def _events(opened: AbstractAsyncContextManager[Pieces], pieces: Pieces) -> AsyncIterator[bytes]:
    """Encode the pieces, and close what was opened however the stream ends."""
    try:
        async for piece in pieces:
            view = _view(piece) if isinstance(piece, Spoken) else {"delta": piece}
            yield encode_event(orjson.dumps(view))
        yield encode_event(b"[DONE]")
    except RouterError as error:
        yield encode_event(fault_of(error).body)
    finally:
        await opened.__aexit__(None, None, None)


def _turn(body: ChatBody) -> Turn:
    if (body.message is None) == (body.messages is None):
        raise InvalidRequest("Send either message or messages.", param="message")
    messages = body.messages or [{"role": "user", "content": body.message}]
    return Turn(messages, Via(body.via), body.user)


def _view(spoken: Spoken) -> JsonObject:
    return {
        "content": spoken.content,
        "provider": spoken.provider,
        "model": spoken.model,
        "usage": counts_view(spoken.usage),
        "cost_total": None if spoken.cost is None else to_usd(spoken.cost),
        "tree_id": spoken.tree_id,
    }
