"""The measurements, in the order they are made."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bench.router.workload import Kind

__all__ = ["STEPS", "Step", "StepName"]


class StepName(StrEnum):
    """What each measurement is called in files."""

    JSON_1 = "json_1"
    STREAM_1 = "stream_1"
    LARGE_1 = "large_1"
    PACED_4 = "paced_4"
    JSON_32 = "json_32"
    STREAM_32 = "stream_32"
    JSON_128 = "json_128"
    STREAM_128 = "stream_128"


@dataclass(frozen=True, slots=True)
class Step:
    """One measurement.

    Attributes:
        name: In files.
        kind: What is asked.
        width: From how many connections at once.
        stagger: Seconds between the first questions of the connections, so that paced streams do not march in step.
    """

    name: StepName
    kind: Kind
    width: int
    stagger: float = 0.0

    @property
    def counted(self) -> bool:
        """Whether the run ends with a number of answers, if that comes before its time is over."""
        return self.width == 1


_QUARTER_SECONDS: Final = 0.0575
"""A quarter of a paced stream, and of a pause in it."""

STEPS: Final = (
    Step(StepName.JSON_1, Kind.JSON, 1),
    Step(StepName.STREAM_1, Kind.STREAM, 1),
    Step(StepName.LARGE_1, Kind.LARGE, 1),
    Step(StepName.PACED_4, Kind.PACED, 4, stagger=_QUARTER_SECONDS),
    Step(StepName.JSON_32, Kind.JSON, 32),
    Step(StepName.STREAM_32, Kind.STREAM, 32),
    Step(StepName.JSON_128, Kind.JSON, 128),
    Step(StepName.STREAM_128, Kind.STREAM, 128),
)
