"""Keys of users that their providers refuse, and whose they are: what an owner has to act on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from vutler_router.domain.breaker_store import FailureKind
from vutler_router.errors import RouterError
from vutler_router.routing.breaker import Breakers, BreakerState, BreakerView
from vutler_router.services.answering.targets import Targets
from vutler_router.services.directory import AgentDirectory

__all__ = ["KeyTrouble", "KeyTroubles"]

_OF_KEYS: Final = frozenset({"provider_out_of_credits", "provider_key_refused"})
"""Errors that speak of the key, and so of everything that is asked with it."""


@dataclass(frozen=True, slots=True)
class KeyTrouble:
    """One key that is refused.

    Attributes:
        agent_id: Who asked with it.
        source: The LLMConfig that it comes from (`team-a/default`); None for settings made over the API.
        code: `provider_out_of_credits` or `provider_key_refused`.
        message: What is wrong and what to do, in our words.
        since: When the model was left alone for it.
    """

    agent_id: str
    source: str | None
    provider: str
    model: str
    code: str
    message: str
    since: datetime | None


class KeyTroubles:
    """Finds them where breakers are open, which is so on every router process alike."""

    def __init__(self, breakers: Breakers, directory: AgentDirectory, targets: Targets) -> None:
        self._breakers = breakers
        self._directory = directory
        self._targets = targets

    def all(self) -> Sequence[KeyTrouble]:
        """Return every trouble of every agent on its own keys; without an open breaker no agent is looked at."""
        refused = {breaker.key: breaker for breaker in self._breakers if _speaks_of_the_key(breaker)}
        if not refused:
            return []
        found: list[KeyTrouble] = []
        for agent in self._directory:
            if agent.llm is None or agent.llm.managed:
                continue
            try:
                targets = self._targets.of(agent)
            except RouterError:
                continue  # nothing can be asked for it, and so nothing refused
            troubled = [refused[target.identity] for target in targets if target.identity in refused]
            found += [_trouble(agent.id, agent.llm.source, breaker) for breaker in troubled]
        return found


def _speaks_of_the_key(breaker: BreakerView) -> bool:
    return (
        breaker.state is not BreakerState.CLOSED and breaker.kind is FailureKind.PERMANENT and breaker.code in _OF_KEYS
    )


def _trouble(agent_id: str, source: str | None, breaker: BreakerView) -> KeyTrouble:
    provider, model, _ = breaker.key
    return KeyTrouble(agent_id, source, provider, model, breaker.code, breaker.reason, breaker.opened_at)
