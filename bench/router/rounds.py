"""Runs every step against every target in turns, so that a busy moment of the machine hits all of them."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from bench.router.client import Load, drive
from bench.router.errors import BenchError
from bench.router.figures import Figures, MeasuredRun, summarise
from bench.router.options import Options
from bench.router.processes import cpu_seconds
from bench.router.steps import Step, StepName
from bench.router.targets import DIRECT, Target
from bench.router.workload import Kind, build_request

__all__ = ["Measured", "Rounds"]

_WARM_WIDTH: Final = 8
_WARM_SECONDS: Final = 2.0
_WARM_ANSWERS: Final = 1000

_HEATING: Final = ((Kind.JSON, 5), (Kind.STREAM, 3))
"""What each target but the direct connection is heated up with at 32, in lengths of a run: Portkey's rate grows
threefold over the first fifteen seconds, while Node compiles it."""

_HEATING_WIDTH: Final = 32

Measured = Mapping[StepName, Mapping[str, Figures]]
"""Figures by step and by the target's name."""


class Rounds:
    """Measures targets against each other and counts what each answered.

    Args:
        targets: Those compared.
        options: How long and how often.
        say: Told what is being done.
    """

    def __init__(self, targets: Sequence[Target], options: Options, say: Callable[[str], None]) -> None:
        self._targets = targets
        self._options = options
        self._say = say
        self.answered: defaultdict[str, int] = defaultdict(int)

    async def warm_up(self) -> None:
        """Let pools fill, compilers compile and caches settle, for every target and kind."""
        for target in self._targets:
            self._say(f"warming up: {target.name}")
            for kind in Kind:
                await self._drive(target, kind, Load(_WARM_WIDTH, _WARM_SECONDS, _WARM_ANSWERS))
            for kind, lengths in _HEATING if target.name != DIRECT else ():
                await self._drive(target, kind, Load(_HEATING_WIDTH, self._options.seconds * lengths))

    async def measure(self, steps: Sequence[Step]) -> Measured:
        """Run all steps in all rounds."""
        found: dict[StepName, Mapping[str, Figures]] = {}
        for number, step in enumerate(steps, start=1):
            runs: defaultdict[str, list[MeasuredRun]] = defaultdict(list)
            for turn in range(self._options.rounds):
                first = turn % len(self._targets)
                for target in (*self._targets[first:], *self._targets[:first]):
                    self._say(_title(number, len(steps), step, turn + 1, target))
                    runs[target.name].append(await self._measure(target, step))
            found[step.name] = {target.name: summarise(runs[target.name]) for target in self._targets}
        return found

    async def _measure(self, target: Target, step: Step) -> MeasuredRun:
        most = max(1, self._options.requests // self._options.rounds) if step.counted else float("inf")
        return await self._drive(target, step.kind, Load(step.width, self._options.seconds, most, step.stagger))

    async def _drive(self, target: Target, kind: Kind, load: Load) -> MeasuredRun:
        request = build_request(kind, target.address)
        cpu, own = cpu_seconds(target.pid), time.process_time()
        try:
            run = await drive(request, load)
        except (BenchError, OSError) as error:
            raise BenchError(f"{target.name}, {kind} at {load.width}: {str(error) or 'no answer in time'}") from error
        self.answered[target.name] += len(run.wholes)
        return MeasuredRun(run, cpu_seconds(target.pid) - cpu, time.process_time() - own)


def _title(number: int, count: int, step: Step, turn: int, target: Target) -> str:
    return f"[{number}/{count}] {step.kind} at {step.width}, round {turn}: {target.name}"
