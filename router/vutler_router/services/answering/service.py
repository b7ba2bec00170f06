"""Answers agents' model requests: from the models that may answer, the first that does."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from typing_extensions import override

from vutler_router.domain.agent import Agent
from vutler_router.errors import UpstreamError
from vutler_router.providers.codec import Answer, StreamReader
from vutler_router.providers.count import Count
from vutler_router.providers.model_request import ModelRequest
from vutler_router.providers.target import Target
from vutler_router.routing.breaker import BreakerKey, Breakers
from vutler_router.routing.failover import counts_against
from vutler_router.services.answering.attempts import Ask, Attempts, BegunStream
from vutler_router.services.answering.drains import Drains
from vutler_router.services.answering.exchange import Exchange, Origin
from vutler_router.services.answering.failover import Failover
from vutler_router.services.answering.pacing import KeyPacer
from vutler_router.services.answering.settling import Settling, Status
from vutler_router.services.answering.streamed import StreamedAnswer, StreamKeeper
from vutler_router.services.limiting.gate import Gate
from vutler_router.services.routing.choosing import Chooser

__all__ = ["ModelService"]

T = TypeVar("T")


class ModelService(StreamKeeper):
    """Answers requests.

    Args:
        chooser: Says what an agent's requests may be sent to, and in which order.
        attempts: Asks one target.
        breakers: What is not to be asked now.
        settling: Writes the rows.
        pacer: Says whose turn it is at the platform's keys.
        clock: Seconds that only grow.
        total_timeout: Seconds for one answer with all its attempts.
        gate: Says which agents' requests may begin.
    """

    def __init__(
        self,
        chooser: Chooser,
        attempts: Attempts,
        breakers: Breakers,
        settling: Settling,
        pacer: KeyPacer,
        clock: Callable[[], float],
        total_timeout: float,
        *,
        gate: Gate,
    ) -> None:
        self._attempts = attempts
        self._breakers = breakers
        self._settling = settling
        self._clock = clock
        self._total_timeout = total_timeout
        self._gate = gate
        self._chooser = chooser
        self._drains = Drains(self.settle)
        self._failover = Failover(breakers, self._drains, settling, pacer, clock)

    def available(self, agent: Agent) -> Sequence[Target]:
        """Return what the agent may ask for. Raises `LlmNotConfigured`."""
        return [target for target in self._chooser.chain(agent) if not target.last_resort]

    def exchange(self, agent: Agent, request: ModelRequest, request_id: str) -> Exchange:
        """Begin a request; its time runs from here."""
        now = self._clock()
        return Exchange(agent, request, request_id, now, now + self._total_timeout)

    async def answer(self, exchange: Exchange) -> tuple[Answer, Origin]:
        """Return an unstreamed answer.

        Raises:
            NotReady: its row could not be written down.
            LimitExceeded: the agent has reached one of its limits.
            InvalidRequest: the model cannot be asked for or cannot do this, or nothing is configured.
            UpstreamError: nobody answered.
        """
        answer, target = await self._first(exchange, self._attempts.whole, self._breakers.succeeded)
        await self.settle(exchange, target, Status.OK, answer.count)
        return answer, exchange.origin(target)

    async def stream(self, exchange: Exchange) -> StreamedAnswer:
        """Return an answer whose first content has come.

        Raises:
            NotReady: its row could not be written down.
            LimitExceeded: the agent has reached one of its limits.
            InvalidRequest: the model cannot be asked for or cannot do this, or nothing is configured.
            UpstreamError: nobody answered.
        """
        begun, target = await self._first(exchange, self._attempts.stream, self._breakers.began)
        return StreamedAnswer(self, exchange, target, begun)

    async def aclose(self) -> None:
        """Write the rows of what is still read in the background."""
        await self._drains.aclose()

    async def _first(self, exchange: Exchange, ask: Ask[T], answered: Callable[[BreakerKey], None]) -> tuple[T, Target]:
        """Let the request begin and find who answers it; what is reserved for it ends with whoever reads the answer."""
        self._settling.check_room()
        admission = await self._gate.admit(exchange.agent, exchange.request, exchange.request_id)
        exchange.hold, exchange.tier = admission.hold, admission.tier
        try:
            chain = await self._chooser.choose(exchange)
            found, target = await self._failover.first(exchange, chain, ask, answered)
        except BaseException:
            if not self._drains.reads(exchange):
                exchange.hold.release()
            raise
        self._chooser.answered(exchange, target)
        return found, target

    @override
    def stream_error(self, target: Target, reader: StreamReader) -> UpstreamError:
        return self._attempts.stream_error(target, reader)

    @override
    def broke(self, target: Target, error: UpstreamError) -> None:
        self._settling.attempt_failed(target, error)
        if counts_against(error):
            self._breakers.failed(target.identity, error)

    @override
    def drain(self, exchange: Exchange, target: Target, begun: BegunStream) -> None:
        self._drains.take_stream(exchange, target, begun)

    @override
    async def settle(self, exchange: Exchange, target: Target, status: Status, count: Count) -> None:
        if status is Status.OK and exchange.request.stream:
            self._breakers.succeeded(target.identity)
        try:
            await self._settling.settle(exchange, target, status, self._clock() - exchange.started, count)
        finally:
            exchange.hold.release()  # does nothing after a row, which settles it
