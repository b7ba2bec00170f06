"""One model request under way, with what its end is written down with."""

from dataclasses import dataclass

from vutler_router.domain.agent import Agent
from vutler_router.providers.model_request import ModelRequest
from vutler_router.providers.target import Target

__all__ = ["Exchange", "Origin"]


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
    """

    agent: Agent
    request: ModelRequest
    request_id: str
    started: float
    deadline: float
    attempts: int = 0

    def origin(self, target: Target) -> Origin:
        """Say that this target answers."""
        return Origin(target.provider, target.model, "", self.attempts)
