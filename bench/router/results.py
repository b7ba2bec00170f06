"""All that a run found out, and what follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass

from bench.router.conditions import Conditions
from bench.router.figures import Figures
from bench.router.metering import Booked
from bench.router.rounds import Measured
from bench.router.soak import Soak
from bench.router.steps import StepName
from bench.router.targets import DIRECT, ROUTER

__all__ = ["Added", "Memory", "Results"]


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident megabytes (10^6 bytes): before the first request, at the highest, and after the last."""

    idle: float
    peak: float
    after: float


@dataclass(frozen=True, slots=True)
class Added:
    """How much later something came than without anything in between, in milliseconds, quantile by quantile."""

    first_p50: float
    first_p99: float
    whole_p50: float
    whole_p99: float

    @classmethod
    def between(cls, direct: Figures, through: Figures) -> "Added":
        """Subtract."""
        return cls(
            first_p50=through.first_p50 - direct.first_p50,
            first_p99=through.first_p99 - direct.first_p99,
            whole_p50=through.whole_p50 - direct.whole_p50,
            whole_p99=through.whole_p99 - direct.whole_p99,
        )


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that is printed and written."""

    conditions: Conditions
    measured: Measured
    memory: Mapping[str, Memory]
    answers: int
    """What the router answered, warm-up and soak included."""
    booked: Booked
    soak: Soak | None

    @property
    def peers(self) -> tuple[str, ...]:
        """Names of those measured beside the router."""
        return tuple(name for name in self.measured[StepName.JSON_1] if name not in {DIRECT, ROUTER})

    @property
    def exact(self) -> bool:
        """Whether metering booked each answer exactly once."""
        return self.booked.matches(self.answers)

    def added(self, step: StepName, target: str = ROUTER) -> Added:
        """Return what a target adds."""
        return Added.between(self.measured[step][DIRECT], self.measured[step][target])

    def rate(self, step: StepName, target: str = ROUTER) -> float:
        """Return answers per second."""
        return self.measured[step][target].rate

    def ratio(self, step: StepName, peer: str) -> float | None:
        """Return how many times as many answers per second the router gives; None where the peer was not measured."""
        return self.rate(step) / self.rate(step, peer) if peer in self.peers else None
