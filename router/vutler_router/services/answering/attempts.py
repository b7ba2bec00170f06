"""One attempt: ask one target once, and tell an answer from a failure before anything reaches the caller."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Never, TypeVar

from vutler_router.domain.llm import ModelParameters
from vutler_router.errors import UpstreamError, UpstreamRejected, UpstreamUnavailable
from vutler_router.keys.scrubbing import scrub
from vutler_router.providers.codec import Answer, Codec, StreamReader
from vutler_router.providers.codecs import route_of
from vutler_router.providers.decoding import read_object
from vutler_router.providers.error_objects import error_in_answer
from vutler_router.providers.failures import error_of_body, error_of_reply
from vutler_router.providers.model_request import ModelRequest
from vutler_router.providers.ports import Reply, Transport, UpstreamCall
from vutler_router.providers.target import Target
from vutler_router.services.answering.exchange import Exchange

__all__ = ["Ask", "Attempts", "BegunStream"]

_OK: Final = 200
_LARGEST_ANSWER: Final = 64 << 20
_LARGEST_ERROR: Final = 64 << 10
_OPENING_HOLD_SECONDS: Final = 0.25
"""How long an event that only names the role waits for content: until then another link could still answer."""

_LEAST_SECONDS: Final = 0.001
_UNSPENT_SECONDS: Final = 0.05
_USAGE_OPTION: Final = "stream_options"
_MOST_REMEMBERED: Final = 10_000
_NO_PARAMETERS: Final = ModelParameters()


T = TypeVar("T")
Ask = Callable[[Exchange, Target], Awaitable[T]]


@dataclass(slots=True)
class BegunStream:
    """A stream whose first content has come; `held` is what goes to the caller first."""

    reply: Reply
    reader: StreamReader
    held: bytes


class Attempts:
    """Asks targets.

    Args:
        transport: The way out.
        now: The time, for Retry-After given as a date.
        monotonic: Seconds that only grow, for what is left of a request's time.
        usual_seconds: What the transport gives every call, which need not be said.
    """

    def __init__(
        self, transport: Transport, now: Callable[[], datetime], monotonic: Callable[[], float], usual_seconds: float
    ) -> None:
        self._transport = transport
        self._now = now
        self._monotonic = monotonic
        self._usual_seconds = usual_seconds
        self._uncounting: set[tuple[str, str]] = set()

    async def whole(self, exchange: Exchange, target: Target) -> Answer:
        """Ask for an unstreamed answer.

        Raises:
            InvalidRequest: the target cannot do what is asked for; nothing was sent.
            UpstreamError: there is no answer.
        """
        codec, reply = await self._ask(exchange, target)
        try:
            body = await reply.whole(_LARGEST_ANSWER)
        finally:
            reply.close()
        fields = read_object(body)
        error = None if fields is None else error_in_answer(fields)
        if error is not None:
            raise self._body_error(target, error)
        answer = None if fields is None else codec.read(body, fields)
        if answer is None:
            raise _broken(target, "answered with something that is no answer")
        return answer

    async def stream(self, exchange: Exchange, target: Target) -> BegunStream:
        """Ask for a stream and wait until the answer begins.

        Raises:
            InvalidRequest: the target cannot do what is asked for; nothing was sent.
            UpstreamError: the answer never begins.
        """
        codec, reply = await self._ask(exchange, target)
        try:
            if "event-stream" not in reply.headers.get("content-type", ""):
                await self._refuse_unstreamed(target, reply)
            return await self._begin(target, reply, codec.reader(exchange.request))
        except BaseException:
            reply.close()
            raise

    def stream_error(self, target: Target, reader: StreamReader) -> UpstreamError:
        """Say why a stream that had begun did not come to its end."""
        if reader.error is not None:
            return self._body_error(target, reader.error)
        return _broken(target, "ended its stream before the answer was whole")

    async def _refuse_unstreamed(self, target: Target, reply: Reply) -> Never:
        fields = read_object(await reply.start(_LARGEST_ERROR))
        error = None if fields is None else error_in_answer(fields)
        if error is not None:
            raise self._body_error(target, error)
        raise _broken(target, "did not answer with a stream")

    async def _begin(self, target: Target, reply: Reply, reader: StreamReader) -> BegunStream:
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
            # An error may stand in the very piece in which the answer began: then content is already on its way.
            if reader.error is not None and not reader.started:
                raise self._body_error(target, reader.error)
            if not piece and not reader.started:
                raise _broken(target, "ended its stream before the answer began")
        return BegunStream(reply, reader, held)

    async def _ask(self, exchange: Exchange, target: Target) -> tuple[Codec, Reply]:
        """Send the request; a provider that refuses to be asked for token counts is asked again without."""
        codec, url = route_of(exchange.request.surface, target)
        asked = url, target.model
        counting = asked not in self._uncounting
        try:
            return codec, await self._send(exchange, target, codec, url, counting=counting)
        except UpstreamRejected as error:
            if not counting or not _was_refused(exchange.request, error):
                raise
        reply = await self._send(exchange, target, codec, url, counting=False)
        if len(self._uncounting) >= _MOST_REMEMBERED:
            self._uncounting.clear()
        self._uncounting.add(asked)  # only now: it was the field, and not something else that mentions it
        return codec, reply

    async def _send(self, exchange: Exchange, target: Target, codec: Codec, url: str, *, counting: bool) -> Reply:
        llm = exchange.agent.llm
        parameters = _NO_PARAMETERS if llm is None else llm.parameters
        body = codec.encode(exchange.request, target, parameters, ask_usage=counting)
        left = exchange.deadline - self._monotonic()
        seconds = None if left > self._usual_seconds - _UNSPENT_SECONDS else max(left, _LEAST_SECONDS)
        exchange.attempts += 1
        exchange.sent = False
        reply = await self._transport.send(
            UpstreamCall(
                target.provider,
                url,
                _headers(exchange, target),
                body,
                target.guarded,
                seconds=seconds,
                on_sent=exchange.note_sent,
            )
        )
        if reply.status == _OK:
            return reply
        try:
            said = await reply.start(_LARGEST_ERROR)
        finally:
            reply.close()
        raise error_of_reply(
            target.provider,
            reply.status,
            reply.headers,
            said,
            _cleaner(target),
            self._now(),
            billing_url=target.definition.billing_url,
        )

    @staticmethod
    def _body_error(target: Target, fields: Mapping[str, object]) -> UpstreamError:
        return error_of_body(target.provider, fields, _cleaner(target), billing_url=target.definition.billing_url)


def _headers(exchange: Exchange, target: Target) -> Mapping[str, str]:
    """Return the target's headers; on a surface it speaks itself, the caller's choice of version wins."""
    own = exchange.request.headers
    return {**target.headers, **own} if own and exchange.request.surface in target.urls else target.headers


def _was_refused(request: ModelRequest, error: UpstreamRejected) -> bool:
    """Whether the field that asks for token counts, of which the caller sent nothing, may be what was refused."""
    ours = request.stream and _USAGE_OPTION not in request.fields
    return ours and _USAGE_OPTION in f"{error.param} {error.message}"


def _cleaner(target: Target) -> Callable[[str], str]:
    return lambda text: scrub(text, [target.key] if target.key else [])


def _broken(target: Target, what: str) -> UpstreamUnavailable:
    return UpstreamUnavailable(f"{target.provider} {what}.", provider=target.provider, code="upstream_broken")
