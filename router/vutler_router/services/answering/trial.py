"""Tries an agent's model for real, so that a wrong key shows at once and not in the first conversation."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from vutler_router.domain.agent import Agent
from vutler_router.errors import RouterError
from vutler_router.providers.codec import Answer
from vutler_router.providers.model_request import ModelRequest
from vutler_router.providers.surfaces import Surface
from vutler_router.providers.target import Target
from vutler_router.routing.breaker import Breakers
from vutler_router.services.answering.attempts import Attempts
from vutler_router.services.answering.credits import Credits, CreditsReader
from vutler_router.services.answering.exchange import Exchange
from vutler_router.services.answering.settling import Settling, Status
from vutler_router.services.answering.targets import Targets

__all__ = ["ModelTrial", "Trial"]

_REQUEST: Final = ModelRequest.of(
    Surface.CHAT, {"messages": [{"role": "user", "content": "Reply with the single word OK."}]}
)
_SECONDS: Final = 30.0
"""How long a person waits for the result of a test."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it; `error` is empty when it went well.

    Attributes:
        code: The error's name for programs.
        credits: What is left of the key, where the provider tells.
    """

    ok: bool
    latency_ms: int
    provider: str
    model: str
    error: str = ""
    code: str = ""
    credits: Credits | None = None


class ModelTrial:
    """Asks the first model of an agent, and it alone: a fallback that works would hide what is wrong.

    An open breaker does not matter, and one that finds the model well again is closed: who has topped up an account
    need not wait five minutes.
    """

    def __init__(
        self,
        targets: Targets,
        attempts: Attempts,
        credits_reader: CreditsReader,
        breakers: Breakers,
        settling: Settling,
        monotonic: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        self._targets = targets
        self._attempts = attempts
        self._credits = credits_reader
        self._breakers = breakers
        self._settling = settling
        self._monotonic = monotonic
        self._new_id = new_id

    async def run(self, agent: Agent) -> Trial:
        """Send one short request; it is metered like any other.

        Raises:
            LlmNotConfigured: There is nothing to try.
        """
        target = self._targets.of(agent)[0]
        now = self._monotonic()
        exchange = Exchange(agent, _REQUEST, self._new_id(), now, now + _SECONDS)
        try:
            answer = await self._attempts.whole(exchange, target)
        except RouterError as error:
            return self._result(exchange, target, error)
        self._breakers.succeeded(target.identity)
        await self._settle(exchange, target, answer)
        return self._result(exchange, target, None, await self._credits.of(target))

    async def _settle(self, exchange: Exchange, target: Target, answer: Answer) -> None:
        seconds = self._monotonic() - exchange.started
        await self._settling.settle(exchange, target, Status.OK, seconds, answer.count)

    def _result(
        self, exchange: Exchange, target: Target, error: RouterError | None, left: Credits | None = None
    ) -> Trial:
        milliseconds = round((self._monotonic() - exchange.started) * 1000)
        said = ("", "") if error is None else (error.message, error.code)
        return Trial(error is None, milliseconds, target.provider, target.model, *said, left)
