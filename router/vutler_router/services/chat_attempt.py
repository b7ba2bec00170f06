"""One attempt: ask one target once, and tell an answer from a failure before anything reaches the caller."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Never

from vutler_router.domain.llm import ModelParameters
from vutler_router.errors import UpstreamError, UpstreamUnavailable
from vutler_router.keys.scrubbing import scrub
from vutler_router.providers.chat_request import ChatRequest
from vutler_router.providers.count import Count, count_of
from vutler_router.providers.failures import error_of_body, error_of_reply
from vutler_router.providers.openai_chat import ChatStream, encode_request, read_answer
from vutler_router.providers.ports import Reply, Transport, UpstreamCall
from vutler_router.providers.target import Target

__all__ = ["BegunStream", "ChatAttempts", "WholeAnswer"]

_OK: Final = 200
_LARGEST_ANSWER: Final = 64 << 20
_LARGEST_ERROR: Final = 64 << 10
_OPENING_HOLD_SECONDS: Final = 0.25
"""How long an event that only names the role waits for content: until then another link could still answer."""


@dataclass(frozen=True, slots=True)
class WholeAnswer:
    """An unstreamed answer: its bytes as they came, and what they say."""

    body: bytes
    content_type: str
    count: Count
    fields: Mapping[str, object]


@dataclass(slots=True)
class BegunStream:
    """A stream whose first content has come; `held` is what goes to the caller first."""

    reply: Reply
    reader: ChatStream
    held: bytes


class ChatAttempts:
    """Asks targets.

    Args:
        transport: The way out.
        now: The time, for Retry-After given as a date.
    """

    def __init__(self, transport: Transport, now: Callable[[], datetime]) -> None:
        self._transport = transport
        self._now = now

    async def whole(self, target: Target, request: ChatRequest, parameters: ModelParameters) -> WholeAnswer:
        """Ask for an unstreamed answer.

        Raises:
            UpstreamError: there is none.
        """
        reply = await self._ask(target, request, parameters)
        try:
            body = await reply.whole(_LARGEST_ANSWER)
        finally:
            reply.close()
        fields = read_answer(body)
        if fields is None:
            raise _broken(target, "answered with something that is not a JSON object")
        if fields.get("error") and not fields.get("choices"):
            raise error_of_body(target.provider, fields, self._cleaner(target))
        content_type = reply.headers.get("content-type") or "application/json"
        return WholeAnswer(body, content_type, count_of(fields), fields)

    async def stream(self, target: Target, request: ChatRequest, parameters: ModelParameters) -> BegunStream:
        """Ask for a stream and wait until the answer begins.

        Raises:
            UpstreamError: it never does.
        """
        reply = await self._ask(target, request, parameters)
        try:
            if "event-stream" not in reply.headers.get("content-type", ""):
                await self._refuse_unstreamed(target, reply)
            return await self._begin(target, reply, ChatStream(strip_usage=not request.wants_usage))
        except BaseException:
            reply.close()
            raise

    async def _refuse_unstreamed(self, target: Target, reply: Reply) -> Never:
        fields = read_answer(await reply.start(_LARGEST_ERROR))
        if fields is not None and fields.get("error"):
            raise error_of_body(target.provider, fields, self._cleaner(target))
        raise _broken(target, "did not answer with a stream")

    async def _begin(self, target: Target, reply: Reply, reader: ChatStream) -> BegunStream:
        held = b""
        while not reader.started:
            try:
                async with asyncio.timeout(_OPENING_HOLD_SECONDS if reader.opened else None):
                    piece = await reply.piece()
            except TimeoutError:
                break
            held += reader.feed(piece) if piece else reader.rest()
            if len(held) > _LARGEST_ERROR:
                break
            if not piece and not reader.started:
                raise _broken(target, "ended its stream before the answer began")
            # An error may stand in the very piece in which the answer began: then content is already on its way.
            if reader.error is not None and not reader.started:
                raise error_of_body(target.provider, reader.error, self._cleaner(target))
        return BegunStream(reply, reader, held)

    def stream_error(self, target: Target, reader: ChatStream) -> UpstreamError:
        """Say why a stream that had begun did not come to its end."""
        if reader.error is not None:
            return error_of_body(target.provider, reader.error, self._cleaner(target))
        return _broken(target, "ended its stream before the answer was whole")

    async def _ask(self, target: Target, request: ChatRequest, parameters: ModelParameters) -> Reply:
        body = encode_request(request, target.model, target.definition, parameters)
        call = UpstreamCall(target.provider, target.url, target.headers, body, guarded=target.guarded)
        reply = await self._transport.send(call)
        if reply.status == _OK:
            return reply
        try:
            said = await reply.start(_LARGEST_ERROR)
        finally:
            reply.close()
        raise error_of_reply(target.provider, reply.status, reply.headers, said, self._cleaner(target), self._now())

    @staticmethod
    def _cleaner(target: Target) -> Callable[[str], str]:
        return lambda text: scrub(text, [target.key] if target.key else [])


def _broken(target: Target, what: str) -> UpstreamUnavailable:
    return UpstreamUnavailable(f"{target.provider} {what}.", provider=target.provider, code="upstream_broken")
