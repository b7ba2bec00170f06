"""The figures of a run, as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.router.figures import quantile

__all__ = ["Arrival", "Change", "Cost", "Edits", "Restart", "Results", "Spread", "spread"]


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took, in seconds: half of the cases, 99 of 100, the slowest."""

    p50: float
    p99: float
    slowest: float


def spread(seconds: Sequence[float]) -> Spread:
    """Put durations together."""
    return Spread(quantile(seconds, 50), quantile(seconds, 99), max(seconds))


@dataclass(frozen=True, slots=True)
class Cost:
    """What a phase took.

    Attributes:
        seconds: Its length.
        cpu: Processor seconds by process.
        writes: The operator's writes, by resource; its lease apart.
        refused: Writes of the operator that were refused, by resource and status.
        reads: Gets and lists of the operator.
        leases: Writes of the operator's lease.
        resident: The operator's memory at the end, MB.
        peak: The most that it ever had, MB.
    """

    seconds: float
    cpu: Mapping[str, float]
    writes: Mapping[str, int]
    refused: Mapping[str, int]
    reads: int
    leases: int
    resident: float
    peak: float

    @property
    def total(self) -> int:
        """How many writes there were."""
        return sum(self.writes.values())


@dataclass(frozen=True, slots=True)
class Arrival:
    """Agents created at once.

    Attributes:
        agents: How many.
        sent: Seconds until the API server had taken them all.
        deployments: From an Agent's creation to its Deployment.
        ready: From an Agent's creation until it is Ready.
        all_deployments: Seconds from the first creation to the last Deployment.
        all_ready: The same until all are Ready.
        counted: Writes per agent as the operator itself counts them.
        looks: Reconciles per agent.
        cost: Of it all.
    """

    agents: int
    sent: float
    deployments: Spread
    ready: Spread
    all_deployments: float
    all_ready: float
    counted: float
    looks: float
    cost: Cost

    @property
    def writes(self) -> float:
        """Writes per agent, from the API server's audit log."""
        return self.cost.total / self.agents


@dataclass(frozen=True, slots=True)
class Change:
    """A change that reaches many agents: from the moment it is sent until Deployments and agents have followed."""

    agents: int
    deployments: Spread
    ready: Spread
    cost: Cost


@dataclass(frozen=True, slots=True)
class Edits:
    """Single changes of an idle system: from the moment one is sent until the Deployment has it."""

    took: Spread
    cost: Cost


@dataclass(frozen=True, slots=True)
class Restart:
    """A start over settled agents: seconds from the start of the process until it had looked at every one."""

    settled: float
    cost: Cost


@dataclass(slots=True)
class Results:
    """Everything that was measured; None is what was not."""

    arrivals: list[Arrival] = field(default_factory=list)
    gone: dict[int, float] = field(default_factory=dict)
    """Seconds until a namespace of so many agents was gone with them."""
    idle: Cost | None = None
    edits: Edits | None = None
    restart: Restart | None = None
    image: Change | None = None
    template: Change | None = None

    def arrival(self, agents: int) -> Arrival | None:
        """Return the figures of a batch of that size."""
        return next((found for found in self.arrivals if found.agents == agents), None)

    @property
    def peak(self) -> float:
        """The most memory that any of the operators ever had, MB."""
        return max(cost.peak for cost in self.costs().values())

    def costs(self) -> dict[str, Cost]:
        """Return what each phase took, by its name."""
        found = {f"{arrival.agents} agents arrive": arrival.cost for arrival in self.arrivals}
        if self.idle is not None:
            found["idle"] = self.idle
        if self.edits is not None:
            found["single changes"] = self.edits.cost
        if self.image is not None:
            found[f"image of {self.image.agents}"] = self.image.cost
        if self.template is not None:
            found[f"template of {self.template.agents}"] = self.template.cost
        if self.restart is not None:
            found["restart"] = self.restart.cost
        return found
