"""One model request under way, with what its end is written down with."""

from dataclasses import dataclass, field
from typing import Protocol

from vutler_router.domain.agent import Agent
from vutler_router.domain.money import Nanos
from vutler_router.providers.model_request import ModelRequest
from vutler_router.providers.target import Target
from vutler_router.services.asking.place import NOWHERE, Place
from vutler_router.services.routing.decision import Decision

__all__ = ["Exchange", "Hold", "NoHold", "Origin"]


class Hold(Protocol):
    """What was reserved of an agent's limits for one request. The first call ends it, further ones do nothing."""

    def settle(self, tokens: int, cost: int) -> None:
        """Give the reservation back and count what was used instead: tokens, and 1e-9 USD."""

    def release(self) -> None:
        """Give the reservation back: nothing was used."""


class NoHold:
    """For agents without limits."""

    def settle(self, tokens: int, cost: int) -> None:
        """See `Hold.settle`."""

    def release(self) -> None:
        """See `Hold.release`."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who answered, and how many calls to providers that took."""

    provider: str
    model: str
    category: str
    attempts: int


@dataclass(slots=True)
class Exchange:
    """One request from its arrival to its end.

    Attributes:
        started: When it arrived, in seconds of the process's monotonic clock.
        deadline: When its answer must be whole, on the same clock.
        attempts: Calls made to providers so far.
        hold: What was reserved for it.
        tier: The plan that answers in place of the agent's own, where its limits say so.
        decision: What routing chose, where it does.
        decided: The same as JSON without a word of the prompt, for the record.
        place: In the course of which tree of asks it was made, and why.
        paid: What the answer cost in 1e-9 USD; None until its row is written, and where no price is known.
        sent: Whether the attempt under way went out to its provider, who may bill it from then on.
    """

    agent: Agent
    request: ModelRequest
    request_id: str
    started: float
    deadline: float
    attempts: int = 0
    hold: Hold = field(default_factory=NoHold)
    tier: str | None = None
    decision: Decision | None = None
    decided: str = ""
    paid: Nanos | None = None
    sent: bool = False
    place: Place = NOWHERE

    def note_sent(self) -> None:
        """Note that the attempt under way is on its way to its provider."""
        self.sent = True

    def origin(self, target: Target) -> Origin:
        """Say that this target answers."""
        category = self.decision.category if self.decision is not None else ""
        return Origin(target.provider, target.model, category, self.attempts)
