"""The story of one model request: choose, ask until somebody answers, hand the answer on, settle in a row."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import structlog

from vutler_router.domain.agent import Agent
from vutler_router.domain.llm import ModelParameters
from vutler_router.domain.usage import TokenCounts
from vutler_router.errors import RouterError, UpstreamError, UpstreamUnavailable
from vutler_router.providers.chat_request import ChatRequest
from vutler_router.providers.count import Count
from vutler_router.providers.failures import may_try_next
from vutler_router.providers.target import Target
from vutler_router.routing.chain import choose
from vutler_router.services.chat_attempt import BegunStream, ChatAttempts, WholeAnswer
from vutler_router.services.chat_settling import ChatSettling, Outcome, Status
from vutler_router.services.chat_targets import ChatTargets

__all__ = ["ChatService", "Origin", "StreamedAnswer"]

_log = structlog.get_logger(__name__)

_NO_PARAMETERS: Final = ModelParameters()
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Origin:
    """Who answered, and how many were asked."""

    provider: str
    model: str
    category: str
    attempts: int


@dataclass(frozen=True, slots=True)
class _Exchange:
    """One request with what it takes to settle it."""

    agent: Agent
    request: ChatRequest
    request_id: str
    started: float


class StreamedAnswer:
    """An answer under way; whoever holds it calls `close` in the end, however that comes.

    Attributes:
        origin: Who answers.
        error: Why the answer ended early; it can no longer be told by a status.
    """

    def __init__(
        self, service: "ChatService", exchange: _Exchange, target: Target, begun: BegunStream, origin: Origin
    ) -> None:
        self.origin = origin
        self.error: RouterError | None = None
        self._service = service
        self._exchange = exchange
        self._target = target
        self._begun = begun
        self._ended = False
        self._settled = False

    @property
    def usage(self) -> TokenCounts | None:
        """The provider's counts so far."""
        return self._begun.reader.count.usage

    async def piece(self) -> bytes:
        """Return the next bytes for the caller; empty at the end, whether good or, with `error` set, bad."""
        begun, reader = self._begun, self._begun.reader
        if begun.held:
            held, begun.held = begun.held, b""
            return held
        while not self._ended:
            if reader.done or reader.error is not None:
                break
            try:
                piece = await begun.reply.piece()
            except UpstreamUnavailable as error:
                self._ended, self.error = True, error
                return b""
            passed = reader.feed(piece) if piece else reader.rest()
            self._ended = not piece
            if passed:
                return passed
        self._ended = True
        if reader.error is not None or not reader.finished:
            self.error = self._service.stream_error(self._target, begun)
        return b""

    async def close(self) -> None:
        """Let the provider go and write the row; only the first call counts."""
        if self._settled:
            return
        self._settled = True
        reader = self._begun.reader
        try:
            await self._service.settle_stream(self._exchange, self._target, self._begun, self._status())
        finally:
            if reader.done and self.error is None:
                await self._begun.reply.finish()
            self._begun.reply.close()

    def _status(self) -> Status:
        if self.error is not None:
            return Status.ERROR
        return Status.OK if self._begun.reader.finished else Status.CANCELLED


class ChatService:
    """Answers agents' requests with one of their models.

    Args:
        targets: What an agent's requests may be sent to.
        attempts: Asks one target.
        settling: Writes the rows.
        monotonic: Seconds that only grow.
        deadline: Seconds for one answer with all its attempts.
    """

    def __init__(
        self,
        targets: ChatTargets,
        attempts: ChatAttempts,
        settling: ChatSettling,
        monotonic: Callable[[], float],
        deadline: float,
    ) -> None:
        self._targets = targets
        self._attempts = attempts
        self._settling = settling
        self._monotonic = monotonic
        self._deadline = deadline

    def available(self, agent: Agent) -> Sequence[Target]:
        """Return what the agent may ask for. Raises `LlmNotConfigured`."""
        return self._targets.of(agent)

    async def answer(self, agent: Agent, request: ChatRequest, request_id: str) -> tuple[WholeAnswer, Origin]:
        """Return an unstreamed answer.

        Raises:
            InvalidRequest: the model cannot be asked for, or nothing is configured.
            UpstreamError: nobody answered; it is the last one's.
        """
        exchange = _Exchange(agent, request, request_id, self._monotonic())
        answer, target, origin = await self._first(exchange, self._whole)
        await self._settle(exchange, target, Status.OK, answer.count)
        return answer, origin

    async def stream(self, agent: Agent, request: ChatRequest, request_id: str) -> StreamedAnswer:
        """Return an answer whose first content has come.

        Raises:
            InvalidRequest: the model cannot be asked for, or nothing is configured.
            UpstreamError: nobody answered; it is the last one's.
        """
        exchange = _Exchange(agent, request, request_id, self._monotonic())
        begun, target, origin = await self._first(exchange, self._begin)
        return StreamedAnswer(self, exchange, target, begun, origin)

    def stream_error(self, target: Target, begun: BegunStream) -> UpstreamError:
        """Say why a stream that had begun did not come to its end."""
        return self._attempts.stream_error(target, begun.reader)

    async def settle_stream(self, exchange: _Exchange, target: Target, begun: BegunStream, status: Status) -> None:
        """Write a stream's row."""
        await self._settle(exchange, target, status, begun.reader.count)

    async def _first(
        self, exchange: _Exchange, ask: Callable[[_Exchange, Target], Awaitable[T]]
    ) -> tuple[T, Target, Origin]:
        """Ask one target after the other until one answers."""
        chain = choose(self._targets.of(exchange.agent), exchange.request.model)
        last = len(chain)
        for attempt, target in enumerate(chain, start=1):
            try:
                async with asyncio.timeout(self._deadline - (self._monotonic() - exchange.started)):
                    answer = await ask(exchange, target)
            except UpstreamError as error:
                self._report(exchange, target, attempt, error)
                if attempt == last or not may_try_next(error):
                    raise
            except TimeoutError:
                raise UpstreamUnavailable(
                    f"No answer within {self._deadline:.0f} s.", provider=target.provider, code="upstream_timeout"
                ) from None
            except asyncio.CancelledError:
                await self._settle(exchange, target, Status.CANCELLED, Count())
                raise
            else:
                return answer, target, Origin(target.provider, target.model, "", attempt)
        raise AssertionError("a chain has at least one link")

    async def _whole(self, exchange: _Exchange, target: Target) -> WholeAnswer:
        return await self._attempts.whole(target, exchange.request, _parameters(exchange.agent))

    async def _begin(self, exchange: _Exchange, target: Target) -> BegunStream:
        return await self._attempts.stream(target, exchange.request, _parameters(exchange.agent))

    async def _settle(self, exchange: _Exchange, target: Target, status: Status, count: Count) -> None:
        seconds = self._monotonic() - exchange.started
        outcome = Outcome(exchange.request_id, target, status, seconds, count)
        await self._settling.settle(exchange.agent, exchange.request, outcome)

    def _report(self, exchange: _Exchange, target: Target, attempt: int, error: UpstreamError) -> None:
        self._settling.attempt_failed(target, error)
        _log.warning(
            "attempt failed",
            request_id=exchange.request_id,
            agent=exchange.agent.id,
            provider=target.provider,
            model=target.model,
            attempt=attempt,
            code=error.code,
            upstream_status=error.upstream_status,
        )


def _parameters(agent: Agent) -> ModelParameters:
    return agent.llm.parameters if agent.llm is not None else _NO_PARAMETERS
