"""Tries an agent's model for real, so that a wrong key shows at once and not in the first conversation."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from vutler_router.domain.agent import Agent
from vutler_router.domain.llm import ModelParameters
from vutler_router.errors import RouterError
from vutler_router.providers.chat_request import ChatRequest
from vutler_router.services.chat_attempt import ChatAttempts
from vutler_router.services.chat_settling import ChatSettling, Outcome, Status
from vutler_router.services.chat_targets import ChatTargets

__all__ = ["ChatTrial", "Trial"]

_REQUEST: Final = ChatRequest.of({"messages": [{"role": "user", "content": "Reply with the single word OK."}]})


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it; `error` is empty when it went well."""

    ok: bool
    latency_ms: int
    provider: str
    model: str
    error: str


class ChatTrial:
    """Asks the first model of an agent, and it alone: a fallback that works would hide what is wrong."""

    def __init__(
        self,
        targets: ChatTargets,
        attempts: ChatAttempts,
        settling: ChatSettling,
        monotonic: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        self._targets = targets
        self._attempts = attempts
        self._settling = settling
        self._monotonic = monotonic
        self._new_id = new_id

    async def run(self, agent: Agent) -> Trial:
        """Send one short request; it is metered like any other.

        Raises:
            LlmNotConfigured: There is nothing to try.
        """
        target = self._targets.of(agent)[0]
        started = self._monotonic()
        try:
            answer = await self._attempts.whole(target, _REQUEST, ModelParameters())
        except RouterError as error:
            return Trial(False, self._ms(started), target.provider, target.model, error.message)
        seconds = self._monotonic() - started
        outcome = Outcome(self._new_id(), target, Status.OK, seconds, answer.count)
        await self._settling.settle(agent, _REQUEST, outcome)
        return Trial(True, self._ms(started), target.provider, target.model, "")

    def _ms(self, started: float) -> int:
        return round((self._monotonic() - started) * 1000)
